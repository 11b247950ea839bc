//! Maps of images, draws and photos on a plane, with what is known of each point, and the way back from a place on the
//! map to a picture.

mod columns;
mod differences;
mod drawn;
mod gathered;
mod known;
mod landmarks;
mod lists;
mod numbers;
mod order;
mod placed;
mod subject;

use std::time::Instant;

use candle_core::Device;

use columns::{of_table, part};
pub use drawn::{Atlas, AtlasSpot};
use gathered::Numbers;
use known::Known;
use lists::{copies, doublets, isolation, strangers};
pub(super) use numbers::{Codes, Images, NamedModel};
pub use order::AtlasOrder;
use placed::{NEIGHBORS, Placed, placed};
use subject::Subject;
pub(super) use subject::open_images;

use crate::config::{AtlasSpace, DataSource};
use crate::data::dataset::Dataset;
use crate::data::pace::ProgressMeter;
use crate::device::in_pool;
use crate::error::{Error, Result};
use crate::layout::Plane;
use crate::metrics::features::Features;
use crate::metrics::trustworthiness::{Agreement, agreement};
use crate::observer::Observer;
use crate::report::{AtlasColumn, AtlasDecoding, AtlasMap, LayoutQuality};
use crate::run::TrainedModel;

/// Columns about some images of a data set: their part, and what a table says.
///
/// # Errors
/// A table that lies in the folder and cannot be read.
pub(crate) fn columns_of(dataset: &Dataset, indices: &[usize]) -> Result<Vec<AtlasColumn>> {
    let data = match dataset.path() {
        Some(path) => DataSource::Folder(path.to_owned()),
        None => DataSource::BuiltinFaces,
    };
    let mut columns = vec![part(dataset, indices, 0)];
    columns.append(&mut of_table(dataset, &data, None, indices, indices.len())?);
    Ok(columns)
}

/// Draws a map.
///
/// # Errors
/// A model, images or a table that cannot be read; codes of a model without an encoder; draws without a model;
/// [`Error::Cancelled`] when `observer` breaks.
pub fn draw_atlas(order: &AtlasOrder, observer: &mut dyn Observer) -> Result<Atlas> {
    let began = Instant::now();
    order.method.validate().map_err(Error::Invalid)?;
    observer.started(&format!("Drawing a map of {}", order.data));
    let compute = observer.compute()?;
    let subject = Subject::open(order, &compute, observer)?;
    let numbers = Numbers::gather(order, &subject, observer)?;
    let space = subject.space_in_words(&order.space);
    let mut what = subject.model.as_ref().map_or(space.clone(), |named| named.key(&space));
    if order.draws > 0 {
        what += &format!(" with {} draws", order.draws);
    }
    let sets = (&numbers.rows, &numbers.of_images);
    let Placed { points, plane, neighbors } = placed(order, &subject.images(), &what, sets, observer)?;
    let quality = quality(&numbers.rows, &points, order.seed, observer)?;

    let images = subject.indices.len();
    let among = neighbors.rows(0..images);
    let isolation = isolation(&among);
    let Known { columns, clusters, labels } =
        Known::gather(order, &subject, &numbers, (&points, &isolation), observer)?;
    let doublets = doublets(&subject.dataset, &subject.indices, &columns[0], &among)?;
    let nearest_images =
        (order.draws > 0).then(|| copies(&neighbors.rows(images..points.len()), &among, images));
    let has_encoder = subject.encoder().is_some();
    let decoding = match (&order.space, &plane) {
        _ if !has_encoder => AtlasDecoding::Pictures,
        (AtlasSpace::Codes, Some(_)) => AtlasDecoding::Plane,
        _ => AtlasDecoding::Neighbors,
    };
    let name = |index: &usize| subject.dataset.name(*index).to_owned();
    let map = AtlasMap {
        id: 0,
        space,
        dim: numbers.rows.dim(),
        method: order.method,
        images,
        names: subject.indices.iter().map(name).collect(),
        columns,
        clusters,
        labels,
        quality,
        variance: plane.as_ref().map(Plane::shares),
        decoding,
        has_model: has_encoder,
        doublets,
        strangers: strangers(&isolation),
        copies: nearest_images,
        seconds: began.elapsed().as_secs_f64(),
        points,
    };
    let Subject { model, dataset, indices, .. } = subject;
    // Questions are answered on the processor.
    let model = match (model, &order.model) {
        (Some(named), _) if compute.is_cpu() => Some(named.model),
        (Some(_), Some(path)) => Some(TrainedModel::open(path, &Device::Cpu)?),
        _ => None,
    };
    let Numbers { codes, drawn, rows, .. } = numbers;
    Ok(Atlas::new(map, (dataset, indices), (model, codes), drawn, (rows, plane, neighbors)))
}

/// Agreement of the map with the rows. Of very few points nothing can be said.
fn quality(
    rows: &Features,
    points: &[[f32; 2]],
    seed: u64,
    observer: &mut dyn Observer,
) -> Result<LayoutQuality> {
    let k = NEIGHBORS.min(rows.len().saturating_sub(1) / 2);
    if k == 0 {
        return Ok(LayoutQuality { trustworthiness: 1.0, continuity: 1.0, k, n: rows.len() });
    }
    let map = Features::from_f32(points.concat(), 2)?;
    let mut pace = ProgressMeter::new("Comparing neighbours", rows.len(), Instant::now());
    let mut watch = |done| observer.progress(pace.progress(done, Instant::now()));
    let Agreement { trustworthiness, continuity, rows: n, .. } =
        in_pool(|| agreement(rows, &map, k, seed, &mut watch))?;
    Ok(LayoutQuality { trustworthiness, continuity, k, n })
}
