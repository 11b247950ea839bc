//! The meshes of one face.

use glam::Vec3;

/// The material of a surface, as the shader tells them apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Material {
    /// The head: skin with everything that is painted on it. Its coordinates are those of the head at rest.
    Face,
    /// Ears and neck.
    Skin,
    /// Hair. Its coordinates: across the strands, along them, height above the hem.
    Hair,
    /// Clothes. Coordinates: around, down.
    Cloth,
    /// Frames of glasses.
    Frame,
    /// Lenses; drawn over what lies behind.
    Lens,
}

impl Material {
    /// Every material.
    pub const ALL: [Material; 6] =
        [Material::Face, Material::Skin, Material::Hair, Material::Cloth, Material::Frame, Material::Lens];
}

/// A corner.
#[derive(Clone, Copy, Debug, Default)]
pub struct Vertex {
    /// Picture space: x to the right, y up, z towards the viewer, eyes at the origin.
    pub position: Vec3,
    /// Not normalised.
    pub normal: Vec3,
    /// Where on the material.
    pub coords: Vec3,
    /// Share of the sky that it sees, in [0, 1].
    pub openness: f32,
}

/// Triangles of one material.
pub struct ScenePart {
    /// The material.
    pub material: Material,
    /// Its triangles.
    pub triangles: std::ops::Range<usize>,
    /// Whether the inside can be seen.
    pub two_sided: bool,
}

/// Everything in front of the background.
#[derive(Default)]
pub struct Scene {
    /// Corners of all parts.
    pub vertices: Vec<Vertex>,
    /// Counter-clockwise as seen from outside.
    pub triangles: Vec<[u32; 3]>,
    /// In drawing order.
    pub parts: Vec<ScenePart>,
}

impl Scene {
    /// Empties it, keeping the memory.
    pub fn clear(&mut self) {
        self.vertices.clear();
        self.triangles.clear();
        self.parts.clear();
    }

    /// Appends a part; the triangles count from the first of `vertices`.
    pub fn add(
        &mut self,
        material: Material,
        two_sided: bool,
        vertices: impl IntoIterator<Item = Vertex>,
        triangles: impl IntoIterator<Item = [u32; 3]>,
    ) {
        let base = self.vertices.len() as u32;
        let first = self.triangles.len();
        self.vertices.extend(vertices);
        self.triangles.extend(triangles.into_iter().map(|t| t.map(|i| i + base)));
        self.parts.push(ScenePart { material, triangles: first..self.triangles.len(), two_sided });
    }
}

/// Rows of a grid that have corners when it is drawn in this step: every so many, and the last.
pub fn corner_rows(rows: usize, step: usize) -> impl Iterator<Item = usize> {
    (0..rows).filter(move |&row| row.is_multiple_of(step) || row + 1 == rows)
}

/// The corners' normals, row by row, of a grid that closes around its columns, from the nearest neighbours.
pub fn grid_normals(positions: &[Vec3], columns: usize, step: usize, normals: &mut Vec<Vec3>) {
    let rows = positions.len() / columns;
    normals.clear();
    for row in corner_rows(rows, step) {
        let above = &positions[row.saturating_sub(1) * columns..][..columns];
        let below = &positions[(row + 1).min(rows - 1) * columns..][..columns];
        let here = &positions[row * columns..][..columns];
        for column in (0..columns).step_by(step) {
            let left = here[if column == 0 { columns - 1 } else { column - 1 }];
            let right = here[if column + 1 == columns { 0 } else { column + 1 }];
            let normal = (right - left).cross(above[column] - below[column]);
            // At a pole left and right fall together.
            let normal = if normal.length_squared() > 1e-12 { normal } else { here[column] };
            normals.push(normal.normalize_or_zero());
        }
    }
}

/// Extent of picture space in the picture: this many units across, eyes this far down.
pub const SPAN: f32 = 2.38;
/// Height of the eyes, from the top, as a part of the picture.
pub const EYE_LINE: f32 = 0.45;
