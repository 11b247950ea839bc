//! A view of a map as a picture: density from afar, dots, and the points whose pictures have room.

use std::sync::Arc;

use eframe::egui::{Color32, ColorImage, Vec2, vec2};

use super::coloring::{DRAW, MapColors, REAL};
use super::density::{self, DensityField, Levels, Shading};
use super::marks::MapMarks;
use super::pictures;
use super::points::MapPoints;
use super::raster::Dots;
use super::view::{MapView, PixelFrame};
use crate::gui::theme;

/// Radius of the smallest and the largest dots, in points.
const RADII: [f32; 2] = [1.1, 4.5];
/// Points of the screen between typical neighbours below which densities are fully shown, and above which not at all.
const DENSITY_FADES: [f32; 2] = [2.0, 7.0];

/// Least and greatest side of a cell of densities, in points of the screen.
const CELLS: [f32; 2] = [4.0, 12.0];
/// Points of the screen between typical neighbours from which on cells grow. Else too few points would be in reach of
/// the blur, and its lines would be those of chance.
const CELLS_GROW: f32 = 0.5;

/// A view to paint.
#[derive(Clone)]
pub struct RenderJob {
    /// The points.
    pub points: Arc<MapPoints>,
    /// Their colours.
    pub colors: Arc<MapColors>,
    /// Hidden points, and those that stand out.
    pub marks: Arc<MapMarks>,
    /// The theme.
    pub theme: &'static theme::Colors,
    /// The view.
    pub view: MapView,
    /// Pixels across and down.
    pub size: [usize; 2],
    /// Pixels for a point of the screen.
    pub density: f32,
    /// Whether densities are shown from afar.
    pub contours: bool,
    /// Part of the screen, in points, that pictures are placed on; the rest is margin. None without pictures.
    pub pictures: Option<Vec2>,
}

impl PartialEq for RenderJob {
    fn eq(&self, other: &Self) -> bool {
        self.same_points(other)
            && std::ptr::eq(self.theme, other.theme)
            && (self.view, self.size, self.density) == (other.view, other.size, other.density)
            && (self.contours, self.pictures) == (other.contours, other.pictures)
    }
}

impl RenderJob {
    fn same_points(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.points, &other.points)
            && Arc::ptr_eq(&self.colors, &other.colors)
            && Arc::ptr_eq(&self.marks, &other.marks)
    }

    /// Size in points of the screen.
    pub fn screen_size(&self) -> Vec2 {
        vec2(self.size[0] as f32, self.size[1] as f32) / self.density
    }
}

/// Look of the dots at a distance.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DotLook {
    /// Radius, in points of the screen.
    pub radius: f32,
    /// Opacity.
    pub alpha: f32,
    /// Part of the density that is shown, in [0, 1].
    pub crowd: f32,
}

/// The look of dots whose typical neighbours are so many points of the screen apart.
pub fn dot_look(distance: f32) -> DotLook {
    let [full, none] = DENSITY_FADES;
    let part = ((distance - full) / (none - full)).clamp(0.0, 1.0);
    let near = part * part * (3.0 - 2.0 * part);
    // The more lie over each other, the more is to be seen through each.
    let crowded = (distance / full).clamp(0.3, 1.0);
    DotLook {
        radius: (0.42 * distance).clamp(RADII[0], RADII[1]),
        alpha: 0.62 * crowded * (1.0 - near) + 0.92 * near,
        crowd: 1.0 - near,
    }
}

/// Points of the screen between typical neighbours in a view.
pub fn typical_distance(points: &MapPoints, marks: &MapMarks, view: &MapView) -> f32 {
    let shown = 1.0 - marks.hidden() as f64 / points.len().max(1) as f64;
    (view.scale / (points.density() * shown.max(1e-9)).sqrt()) as f32
}

struct DensityLayer {
    field: DensityField,
    levels: Levels,
    color: Color32,
}

/// Paints views, and keeps what several of them have in common.
#[derive(Default)]
pub struct Renderer {
    /// Levels of all points, or of real codes and of draws, for a job.
    levels: Option<(RenderJob, [Option<Levels>; 2])>,
}

impl Renderer {
    /// Paints a view into a picture and returns the points whose pictures are shown.
    pub fn paint(&mut self, job: &RenderJob, image: &mut ColorImage) -> Vec<u32> {
        let [width, height] = job.size;
        image.size = job.size;
        image.source_size = vec2(width as f32, height as f32);
        image.pixels.clear();
        image.pixels.resize(width * height, Color32::TRANSPARENT);
        let frame = PixelFrame::new(&job.view, width, height, job.density);
        let distance = typical_distance(&job.points, &job.marks, &job.view);
        let look = dot_look(distance);
        let shown = job.contours && look.crowd > 0.0;
        let densities = if shown { self.densities(job, &frame, distance) } else { Vec::new() };
        let two = job.colors.are_populations();
        for layer in &densities {
            let shading = Shading { color: layer.color, shade: 0.16 * look.crowd, line: 0.0, width: 0.0 };
            density::paint(&mut image.pixels, &frame, &layer.field, &layer.levels, &shading);
        }
        let dots = Dots {
            points: &job.points,
            colors: &job.colors,
            marks: &job.marks,
            theme: job.theme,
            radius: look.radius * job.density,
            // Two densities are read by their lines.
            alpha: look.alpha * if two { 1.0 - 0.45 * look.crowd } else { 1.0 },
            ring: 1.4 * job.density,
            edge: 0.7 * ((look.radius - 1.8) / 1.2).clamp(0.0, 1.0),
        };
        dots.paint(&mut image.pixels, &frame);
        for layer in &densities {
            let (color, line) = if two { (layer.color, 0.9) } else { (job.theme.text_strong, 0.3) };
            let line = line * look.crowd;
            let shading =
                Shading { color, shade: 0.0, line, width: if two { 1.4 } else { 1.0 } * job.density };
            density::paint(&mut image.pixels, &frame, &layer.field, &layer.levels, &shading);
        }
        job.pictures.map_or_else(Vec::new, |size| pictures::place(&job.points, &job.marks, &job.view, size))
    }

    fn densities(&mut self, job: &RenderJob, frame: &PixelFrame, distance: f32) -> Vec<DensityLayer> {
        let (two, theme) = (job.colors.are_populations(), job.theme);
        let classes =
            if two { [(REAL, theme.real_codes), (DRAW, theme.draws)] } else { [(REAL, theme.accent); 2] };
        let cell = (CELLS[0] * (distance / CELLS_GROW).sqrt()).clamp(CELLS[0], CELLS[1]);
        let cell = f64::from(cell * job.density) / frame.scale;
        let area = frame.bounds(0, frame.height, 0.0);
        let layer = |(levels, (class, color)): (Option<Levels>, _)| {
            let include = |point| job.marks.is_visible(point) && (!two || job.colors.class(point) == class);
            let levels = levels?;
            Some(DensityLayer { field: DensityField::of(&job.points, area, cell, include)?, levels, color })
        };
        self.levels(job).into_iter().zip(classes).filter_map(layer).collect()
    }

    fn levels(&mut self, job: &RenderJob) -> [Option<Levels>; 2] {
        if let Some((of, levels)) = &self.levels
            && of.same_points(job)
        {
            return *levels;
        }
        let visible = |point| job.marks.is_visible(point);
        let of_class =
            |class| Levels::of(&job.points, |point| visible(point) && job.colors.class(point) == class);
        let levels = if job.colors.are_populations() {
            [of_class(REAL), of_class(DRAW)]
        } else {
            [Levels::of(&job.points, visible), None]
        };
        self.levels = Some((job.clone(), levels));
        levels
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dots_grow_and_density_fades_without_a_jump() {
        let looks: Vec<DotLook> = (1..400).map(|i| dot_look(i as f32 * 0.05)).collect();
        for pair in looks.windows(2) {
            assert!(pair[0].radius <= pair[1].radius && pair[0].crowd >= pair[1].crowd);
            assert!((pair[1].alpha - pair[0].alpha).abs() < 0.03 && pair[0].crowd - pair[1].crowd < 0.03);
        }
        assert_eq!((looks[0].crowd, looks[398].crowd), (1.0, 0.0));
    }
}
