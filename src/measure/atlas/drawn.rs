//! A drawn map with all that questions about it need.

use crate::data::dataset::Dataset;
use crate::error::{Error, Result};
use crate::image_buf::ImageBuf;
use crate::layout::grid::GridIndex;
use crate::layout::{Neighbors, Plane, placing};
use crate::metrics::features::Features;
use crate::report::{AtlasDecoding, AtlasFace, AtlasMap, AtlasPlaces, AtlasSelection, AtlasValues};
use crate::run::TrainedModel;
use crate::table::{Cell, Column, Table};

use super::differences::differences;

/// Points whose codes are averaged for a place between them.
const AVERAGED: usize = 12;
/// Pictures that are averaged of a selection, at most.
const MEAN_OF: usize = 1000;
/// Standard deviations below which a difference is none.
const LEAST_EFFECT: f64 = 0.1;
/// Differences that are told of a selection.
const DIFFERENCES: usize = 12;

/// A map, its images, its model and its numbers.
pub struct Atlas {
    /// The map as plain data.
    pub map: AtlasMap,
    dataset: Dataset,
    /// Of the images in the data set.
    indices: Vec<usize>,
    model: Option<TrainedModel>,
    /// A row a point; none without an encoder.
    codes: Option<Vec<f32>>,
    /// Pictures of the draws.
    draws: Vec<ImageBuf>,
    /// Numbers that the map is made of, a row a point.
    rows: Features,
    plane: Option<Plane>,
    /// Of each point the nearest images.
    neighbors: Neighbors,
    /// The places of the images.
    index: GridIndex,
}

/// Points near a place, with their distances or weights.
type Near = Vec<(u32, f32)>;

/// Something on a map to look at.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub enum AtlasSpot {
    /// One of its points.
    Point(u32),
    /// A place between them.
    Place([f32; 2]),
}

impl Atlas {
    pub(super) fn new(
        map: AtlasMap,
        (dataset, indices): (Dataset, Vec<usize>),
        (model, codes): (Option<TrainedModel>, Option<Vec<f32>>),
        draws: Vec<ImageBuf>,
        (rows, plane, neighbors): (Features, Option<Plane>, Neighbors),
    ) -> Self {
        // Between real images only: a mean of codes of draws is no better than they are.
        let index = GridIndex::new(&map.points[..map.images]);
        Self { map, dataset, indices, model, codes, draws, rows, plane, neighbors, index }
    }

    /// Pixels on a side of its images.
    pub fn image_size(&self) -> usize {
        self.dataset.image_size()
    }

    /// Picture of a point: the square of an image, or what was drawn.
    ///
    /// # Errors
    /// No such point; an image that is damaged in the cache.
    pub fn picture(&self, point: u32) -> Result<ImageBuf> {
        let point = point as usize;
        match self.indices.get(point) {
            Some(index) => self.dataset.image(*index),
            None => self.draws.get(point - self.indices.len()).cloned().ok_or_else(|| no_point(point)),
        }
    }

    /// The code of a point.
    fn code(&self, point: u32) -> Option<&[f32]> {
        let dim = self.model.as_ref()?.latent_dim();
        self.codes.as_ref()?.chunks_exact(dim).nth(point as usize)
    }

    /// Codes of points.
    ///
    /// # Errors
    /// A map without codes; no such point.
    pub fn codes_of(&self, points: &[u32]) -> Result<Vec<Vec<f32>>> {
        points.iter().map(|point| self.code(*point).map(<[f32]>::to_vec).ok_or_else(no_codes)).collect()
    }

    /// Codes of points as they are explored, and the pictures that the model has for them.
    ///
    /// # Errors
    /// As for [`Atlas::codes_of`]; a prior that fails.
    pub fn faces(&self, points: &[u32]) -> Result<(Vec<Vec<f32>>, Vec<ImageBuf>)> {
        let model = self.model.as_ref().ok_or_else(no_codes)?;
        let codes = self.codes_of(points)?;
        let images = model.decode(&codes)?;
        Ok((model.points_of(codes)?, images))
    }

    /// Images around a place with their weights, which sum to 1; the heaviest first.
    fn near(&self, at: [f32; 2]) -> Near {
        let near = placing::near(&self.index, at, AVERAGED);
        near.into_iter().map(|(point, weight)| (point, weight as f32)).collect()
    }

    /// Codes of places, as the map decodes them.
    fn codes_at(&self, at: &[[f32; 2]]) -> Vec<Vec<f32>> {
        let mean = |at: &[f32; 2]| {
            if let (AtlasDecoding::Plane, Some(plane)) = (self.map.decoding, &self.plane) {
                return plane.unproject(*at);
            }
            let mut code: Vec<f32> = Vec::new();
            for (point, weight) in self.near(*at) {
                let of = self.code(point).unwrap_or_default();
                code.resize(of.len(), 0.0);
                code.iter_mut().zip(of).for_each(|(sum, z)| *sum += weight * z);
            }
            code
        };
        at.iter().map(mean).collect()
    }

    /// Pictures of places. `go_on` is asked between them; none when it says no.
    ///
    /// # Errors
    /// A decoder that fails; an image that is damaged in the cache.
    pub fn places(&self, at: &[[f32; 2]], go_on: &mut dyn FnMut() -> bool) -> Result<Option<AtlasPlaces>> {
        let mut images = Vec::with_capacity(at.len());
        for some in at.chunks(4) {
            if !images.is_empty() && !go_on() {
                return Ok(None);
            }
            match (&self.model, self.map.decoding) {
                (Some(model), AtlasDecoding::Plane | AtlasDecoding::Neighbors) => {
                    images.extend(model.decode(&self.codes_at(some))?);
                }
                _ => images.extend(some.iter().map(|at| self.blend(*at)).collect::<Result<Vec<_>>>()?),
            }
        }
        let distance =
            |at: &[f32; 2]| self.index.nearest(*at, 1).first().map_or(0.0, |(_, distance)| *distance);
        let nearest = at.iter().map(distance).collect();
        Ok(Some(AtlasPlaces { at: at.to_vec(), images, nearest }))
    }

    /// Mean of the pictures near a place.
    fn blend(&self, at: [f32; 2]) -> Result<ImageBuf> {
        let mut sum: Vec<f32> = Vec::new();
        for (point, weight) in self.near(at) {
            let picture = self.picture(point)?.to_unit_floats();
            sum.resize(picture.len(), 0.0);
            sum.iter_mut().zip(picture).for_each(|(sum, v)| *sum += weight * v);
        }
        self.picture_of(&sum)
    }

    fn picture_of(&self, floats: &[f32]) -> Result<ImageBuf> {
        let side = self.dataset.image_size();
        let unfit = || Error::Fault("a mean picture has another size; please report this".into());
        ImageBuf::from_unit_floats(side, side, floats).ok_or_else(unfit)
    }

    /// A point or a place from near.
    ///
    /// # Errors
    /// As for [`Atlas::picture`] and [`Atlas::places`].
    pub fn face(&self, spot: AtlasSpot) -> Result<AtlasFace> {
        let point_of = |codes: Vec<Vec<f32>>| -> Result<Vec<f32>> {
            match &self.model {
                Some(model) if self.codes.is_some() => Ok(model.points_of(codes)?.concat()),
                _ => Ok(Vec::new()),
            }
        };
        match spot {
            AtlasSpot::Point(point) => {
                let decoded = match (&self.model, self.code(point)) {
                    (Some(model), Some(code)) => model.decode(&[code.to_vec()])?.pop(),
                    _ => None,
                };
                Ok(AtlasFace {
                    of: Some(point),
                    picture: self.picture(point)?,
                    decoded,
                    code: point_of(self.code(point).map(<[f32]>::to_vec).into_iter().collect())?,
                    neighbors: self.neighbors_of(point)?,
                })
            }
            AtlasSpot::Place(at) => {
                let places = self.places(&[at], &mut || true)?;
                let picture = places.and_then(|mut places| places.images.pop());
                let picture = picture
                    .ok_or_else(|| Error::Fault("a place has no picture; please report this".into()))?;
                let codes = if self.codes.is_some() { self.codes_at(&[at]) } else { Vec::new() };
                let neighbors = match (&self.plane, codes.first()) {
                    (Some(_), Some(code)) if self.map.decoding == AtlasDecoding::Plane => {
                        self.nearest(code)?
                    }
                    _ => self.near(at),
                };
                Ok(AtlasFace { of: None, picture, decoded: None, code: point_of(codes)?, neighbors })
            }
        }
    }

    fn neighbors_of(&self, point: u32) -> Result<Near> {
        if point as usize >= self.map.points.len() {
            return Err(no_point(point as usize));
        }
        let (to, distances) = self.neighbors.of(point as usize);
        Ok(to.iter().copied().zip(distances.iter().copied()).collect())
    }

    /// Images whose numbers are nearest to some, with their distances.
    fn nearest(&self, numbers: &[f32]) -> Result<Near> {
        let query = Features::from_f32(numbers.to_vec(), numbers.len())?;
        let images = self.rows.rows(&(0..self.map.images).collect::<Vec<_>>());
        let mut watch = |_: &str, _: usize, _: usize| std::ops::ControlFlow::Continue(());
        let near = Neighbors::between(&query, &images, self.neighbors.k(), &mut watch)?;
        let (to, distances) = near.of(0);
        Ok(to.iter().copied().zip(distances.iter().copied()).collect())
    }

    /// Place of a picture of the size of the images on a map of codes, and the images nearest to it.
    ///
    /// # Errors
    /// A map that is not made of the codes of its model, on which photos have no place.
    pub fn place(&self, picture: &ImageBuf) -> Result<([f32; 2], Near)> {
        let model = self.model.as_ref().filter(|model| model.latent_dim() == self.map.dim);
        let model = model.filter(|_| self.codes.is_some()).ok_or_else(|| {
            Error::Invalid(
                "only a map of codes has a place for a photo; choose Codes for what it is made of".into(),
            )
        })?;
        let code = model.encode(std::slice::from_ref(picture))?.mu.concat();
        let near = self.nearest(&code)?;
        let at = match &self.plane {
            Some(plane) => plane.project(&code),
            None => placing::among(&near, &self.map.points),
        };
        Ok((at, near))
    }

    /// Points against the rest.
    ///
    /// # Errors
    /// No point, or no such point; an image that is damaged in the cache.
    pub fn select(
        &self,
        points: Vec<u32>,
        go_on: &mut dyn FnMut() -> bool,
    ) -> Result<Option<AtlasSelection>> {
        let mut inside = vec![false; self.map.points.len()];
        for point in &points {
            *inside.get_mut(*point as usize).ok_or_else(|| no_point(*point as usize))? = true;
        }
        let mut means = [None, None];
        for (side, mean) in [true, false].into_iter().zip(&mut means) {
            let of: Vec<u32> =
                (0..inside.len() as u32).filter(|point| inside[*point as usize] == side).collect();
            let step = of.len().div_ceil(MEAN_OF).max(1);
            let (mut sum, mut n): (Vec<f32>, usize) = (Vec::new(), 0);
            for point in of.into_iter().step_by(step) {
                if n % 32 == 31 && !go_on() {
                    return Ok(None);
                }
                let picture = self.picture(point)?.to_unit_floats();
                sum.resize(picture.len(), 0.0);
                sum.iter_mut().zip(picture).for_each(|(sum, v)| *sum += v);
                n += 1;
            }
            sum.iter_mut().for_each(|sum| *sum /= n.max(1) as f32);
            *mean = if n > 0 { Some(self.picture_of(&sum)?) } else { None };
        }
        let mut differences = differences(&self.map.columns, &inside);
        differences.retain(|difference| difference.effect.abs() >= LEAST_EFFECT);
        differences.truncate(DIFFERENCES);
        Ok(Some(AtlasSelection { points, means, differences }))
    }

    /// Points, or all, with all that is known of them.
    ///
    /// # Errors
    /// No such point.
    pub fn table(&self, points: Option<&[u32]>) -> Result<Table> {
        let map = &self.map;
        let mut columns = vec![Column::text("name"), number("x"), number("y")];
        for column in &map.columns {
            columns.push(match &column.values {
                AtlasValues::Numbers(_) => number(&column.name),
                AtlasValues::Words { .. } => Column::text(&column.name),
            });
        }
        let row = |point: usize| -> Result<Vec<Cell>> {
            let at = map.points.get(point).ok_or_else(|| no_point(point))?;
            let mut row: Vec<Cell> =
                vec![map.name(point).as_str().into(), f64::from(at[0]).into(), f64::from(at[1]).into()];
            row.extend(map.columns.iter().map(|column| match &column.values {
                AtlasValues::Numbers(values) => {
                    let value = values[point];
                    value.is_finite().then(|| f64::from(value)).into()
                }
                words => words.text(point).as_str().into(),
            }));
            Ok(row)
        };
        let rows = match points {
            Some(points) => points.iter().map(|point| row(*point as usize)).collect::<Result<_>>()?,
            None => (0..map.points.len()).map(row).collect::<Result<_>>()?,
        };
        let title = format!("{} of {}, {} points", map.method.label(), map.space, map.points.len());
        Ok(Table { title, columns, rows, notes: Vec::new() })
    }
}

fn number(title: &str) -> Column {
    Column { is_numeric: true, decimals: 6, ..Column::text(title) }
}

fn no_point(point: usize) -> Error {
    Error::Invalid(format!("the map has no point {point}; draw it again"))
}

fn no_codes() -> Error {
    Error::Invalid("this map has no codes: it was drawn without a model that has an encoder".into())
}
