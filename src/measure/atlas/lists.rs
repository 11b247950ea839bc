//! Lists beside a map: doublets, strangers, and whether draws are copies.

use std::collections::BTreeSet;

use super::numbers::pixel_error;
use crate::data::dataset::Dataset;
use crate::error::Result;
use crate::layout::Neighbors;
use crate::metrics::copying::median;
use crate::report::{AtlasColumn, AtlasValues, Doublet, Doublets, NearestImage, NearestImages, Stranger};

/// RE below which two images count as nearly the same: a photo that was scaled and stored once more, or the next one of
/// a burst. Photos of different people that are most alike differ ten times as much.
const DOUBLET_RE: f64 = 0.0015;
/// Pairs that are looked at, the nearest of all.
const CANDIDATES: usize = 600;
/// Pairs that are listed at least, doublets or not, and at most.
const LISTED: std::ops::RangeInclusive<usize> = 12..=200;
/// Strangers that are listed.
const STRANGERS: usize = 48;
/// Neighbours whose mean distance says how far an image is from the others.
const NEAR: usize = 5;

/// Mean distance of each image to the nearest others, over the median of that.
pub fn isolation(neighbors: &Neighbors) -> Vec<f32> {
    let near = NEAR.min(neighbors.k());
    let mean = |row: &[f32]| row[..near].iter().sum::<f32>() / near.max(1) as f32;
    let means: Vec<f32> = neighbors.distances().chunks_exact(neighbors.k().max(1)).map(mean).collect();
    let mut sorted: Vec<f64> = means.iter().map(|mean| f64::from(*mean)).collect();
    sorted.sort_unstable_by(f64::total_cmp);
    let middle = if sorted.is_empty() { 1.0 } else { median(&sorted).max(f64::MIN_POSITIVE) };
    means.into_iter().map(|mean| (f64::from(mean) / middle) as f32).collect()
}

/// The images that are farthest from all others.
pub fn strangers(isolation: &[f32]) -> Vec<Stranger> {
    let mut all: Vec<Stranger> = isolation
        .iter()
        .enumerate()
        .map(|(point, isolation)| Stranger { point: point as u32, isolation: f64::from(*isolation) })
        .collect();
    all.sort_by(|a, b| b.isolation.total_cmp(&a.isolation));
    all.truncate(STRANGERS);
    all
}

/// Images that are nearly the same: of the pairs that are nearest in what the map is made of, those whose pixels differ
/// least.
///
/// # Errors
/// Images that are damaged in the cache.
pub fn doublets(
    dataset: &Dataset,
    indices: &[usize],
    part: &AtlasColumn,
    neighbors: &Neighbors,
) -> Result<Doublets> {
    let mut nearest: Vec<f64> =
        neighbors.distances().chunks_exact(neighbors.k().max(1)).map(|row| f64::from(row[0])).collect();
    nearest.sort_unstable_by(f64::total_cmp);
    let middle = if nearest.is_empty() { 1.0 } else { median(&nearest).max(f64::MIN_POSITIVE) };
    let mut pairs: Vec<(f32, [u32; 2])> = Vec::new();
    let mut seen = BTreeSet::new();
    for (at, (to, distance)) in neighbors.indices().iter().zip(neighbors.distances()).enumerate() {
        let from = (at / neighbors.k().max(1)) as u32;
        let pair = [from.min(*to), from.max(*to)];
        if seen.insert(pair) {
            pairs.push((*distance, pair));
        }
    }
    pairs.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    pairs.truncate(CANDIDATES);
    let of = |point: u32| match &part.values {
        AtlasValues::Words { of, .. } => of[point as usize],
        AtlasValues::Numbers(_) => AtlasValues::UNKNOWN,
    };
    let mut found = Vec::with_capacity(pairs.len());
    for (distance, points) in pairs {
        let [a, b] = points.map(|point| dataset.image(indices[point as usize]));
        found.push(Doublet {
            points,
            re: pixel_error(&a?, &b?),
            distance: f64::from(distance) / middle,
            across: of(points[0]) != of(points[1]),
        });
    }
    found.sort_by(|a, b| a.re.total_cmp(&b.re));
    let real = found.iter().filter(|pair| pair.re < DOUBLET_RE).count();
    // Test and validation images with one of the training images beside them, each counted once.
    let in_training = |which: u16| {
        let doublets = found[..real].iter();
        let others = doublets.filter_map(|pair| match pair.points {
            [a, b] if of(a) == which && of(b) == 0 => Some(a),
            [a, b] if of(b) == which && of(a) == 0 => Some(b),
            _ => None,
        });
        others.collect::<BTreeSet<u32>>().len()
    };
    let (validation_in_training, test_in_training) = (in_training(1), in_training(2));
    found.truncate(real.clamp(*LISTED.start(), *LISTED.end()));
    Ok(Doublets { pairs: found, test_in_training, validation_in_training, limit: DOUBLET_RE })
}

/// The nearest image of each draw. `to_images` are the nearest images of the draws, of which the first point is
/// `first_draw`; `among` are the neighbours of the images themselves.
pub fn copies(to_images: &Neighbors, among: &Neighbors, first_draw: usize) -> NearestImages {
    let nearest_of = |neighbors: &Neighbors| -> Vec<f64> {
        neighbors.distances().chunks_exact(neighbors.k().max(1)).map(|row| f64::from(row[0])).collect()
    };
    let mut real = nearest_of(among);
    real.sort_unstable_by(f64::total_cmp);
    let hundredth = real.get(real.len() / 100).copied().unwrap_or(0.0);
    let middle = if real.is_empty() { 0.0 } else { median(&real) };
    let mut draws: Vec<NearestImage> = nearest_of(to_images)
        .into_iter()
        .zip(to_images.indices().iter().step_by(to_images.k().max(1)))
        .enumerate()
        .map(|(draw, (distance, image))| NearestImage {
            draw: (first_draw + draw) as u32,
            image: *image,
            distance,
            share: real.partition_point(|nearest| *nearest <= distance) as f64 / real.len().max(1) as f64,
        })
        .collect();
    draws.sort_by(|a, b| a.distance.total_cmp(&b.distance));
    let suspicious = draws.partition_point(|draw| draw.distance < hundredth);
    let (n, nearest) = (draws.len(), draws.get(draws.len() / 2).map_or(0.0, |draw| draw.distance));
    let share = 100.0 * suspicious as f64 / n.max(1) as f64;
    let verdict = format!(
        "{suspicious} of {n} draws ({share:.1} %) are nearer to an image than the nearest hundredth of the images are to \
         each other; in the median a draw is {} of the distance of two neighbouring images from the nearest one. {}",
        format_args!("{:.2}", nearest / middle.max(f64::MIN_POSITIVE)),
        match share {
            share if share > 10.0 => "That is what a model looks like that copies.",
            share if share > 3.0 => {
                "Look at the first pairs: some may be copies; a model that leaves out what is rare comes near images \
                 too."
            }
            _ => "Nothing points to copies.",
        }
    );
    NearestImages { draws, real: [middle, hundredth], suspicious, verdict }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image_buf::ImageBuf;
    use crate::measure::atlas::columns;

    fn neighbors(k: usize, rows: &[&[(u32, f32)]]) -> Neighbors {
        let all = || rows.iter().flat_map(|row| row.iter());
        Neighbors::new(k, all().map(|(to, _)| *to).collect(), all().map(|(_, distance)| *distance).collect())
    }

    #[test]
    fn nearly_equal_images_are_found_once_and_counted_across_parts() {
        // Three shades of grey, two of them one step apart.
        let images = [100, 101, 180].map(|grey| ImageBuf::filled(8, 8, [grey; 3]));
        let names = (0..3).map(|k| format!("{k}.png")).collect();
        let dataset = Dataset::from_images(names, &images, 8).unwrap();
        let mut part = columns::part(&dataset, &[0, 1, 2], 0);
        part.values = AtlasValues::Words { names: Vec::new(), of: vec![0, 2, 0] };
        let near = neighbors(2, &[&[(1, 0.1), (2, 9.0)], &[(0, 0.1), (2, 8.0)], &[(1, 8.0), (0, 9.0)]]);
        let found = doublets(&dataset, &[0, 1, 2], &part, &near).unwrap();
        assert_eq!(found.pairs.len(), 3, "each pair once");
        assert_eq!((found.pairs[0].points, found.pairs[0].across), ([0, 1], true));
        assert!(found.pairs[0].re < DOUBLET_RE && found.pairs[1].re > DOUBLET_RE);
        assert_eq!((found.test_in_training, found.validation_in_training), (1, 0));
    }

    #[test]
    fn the_loneliest_comes_first() {
        let near = neighbors(1, &[&[(1, 1.0)], &[(0, 1.0)], &[(0, 5.0)]]);
        let isolation = isolation(&near);
        assert_eq!(isolation, [1.0, 1.0, 5.0]);
        let found = strangers(&isolation);
        assert_eq!((found[0].point, found[0].isolation), (2, 5.0));
    }

    #[test]
    fn a_model_that_copies_is_found_out() {
        let real: Vec<Vec<(u32, f32)>> = (0..200).map(|k| vec![(k, 1.0 + k as f32 / 200.0)]).collect();
        let real: Vec<&[(u32, f32)]> = real.iter().map(Vec::as_slice).collect();
        let among = neighbors(1, &real);
        let honest = copies(&neighbors(1, &[&[(3, 1.5)], &[(4, 1.2)]]), &among, 200);
        assert_eq!((honest.suspicious, honest.draws[0].draw, honest.draws[0].image), (0, 201, 4));
        assert!((honest.draws[0].share - 0.2).abs() < 0.02 && honest.verdict.contains("Nothing points"));
        let copied = copies(&neighbors(1, &[&[(3, 0.01)], &[(4, 1.2)]]), &among, 200);
        assert_eq!(copied.suspicious, 1);
        assert!(copied.verdict.contains("copies"), "{}", copied.verdict);
    }
}
