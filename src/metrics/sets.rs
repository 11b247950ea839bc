//! All that is measured between a set of real and a set of generated images.

use std::ops::ControlFlow;
use std::time::Instant;

use super::features::Features;
use super::frechet::{Gaussian, frechet_distance};
use super::kid;
use super::prdc::{Manifold, Prdc, prdc};
use crate::data::pace::ProgressMeter;
use crate::error::Result;
use crate::report::{Progress, SetMetrics};

/// The neighbour that the balls of a manifold reach to, unless something else is asked for.
pub const NEAREST_K: usize = 3;

/// Knowledge about a set.
pub enum SetData {
    /// A row an image.
    Features(Features),
    /// Mean and covariance (dim × dim, row by row) of features that are not there.
    Moments {
        /// Of each number.
        mean: Vec<f64>,
        /// Of each two.
        covariance: Vec<f64>,
    },
}

/// Measures between two sets, first the real one, of which no more than mean and covariance need be known.
/// `name` says what the images were seen by; `observer` is told now and then how far it is.
///
/// # Errors
/// Moments that are none; dimensions that differ; a set of one image;
/// [`Error::Cancelled`](crate::Error::Cancelled) when `observer` broke.
pub fn measure_moments(
    [real, generated]: [SetData; 2],
    name: &str,
    k: usize,
    observer: &mut dyn FnMut(Progress) -> ControlFlow<()>,
) -> Result<SetMetrics> {
    let mut pace = ProgressMeter::new("Measuring the distance of means and covariances", 3, Instant::now());
    let mut watch = |done| observer(pace.progress(done, Instant::now()));
    let mut gaussian = |known: SetData, done: usize| match known {
        SetData::Features(features) => {
            let n = features.len();
            Gaussian::fit(&features, &mut || watch(done)).map(|gaussian| (gaussian, Some(n)))
        }
        SetData::Moments { mean, covariance } => {
            Gaussian::from_moments(mean, &covariance, &mut || watch(done)).map(|gaussian| (gaussian, None))
        }
    };
    let ((real, n_real), (generated, n_generated)) = (gaussian(real, 0)?, gaussian(generated, 1)?);
    Ok(SetMetrics {

        fid: frechet_distance(&real, &generated, &mut || watch(2))?,
        kid: None,
        kid_std: None,
        precision: None,
        recall: None,
        density: None,
        coverage: None,
        k,
        n_real,
        n_generated,
        features: name.to_owned(),
        not_available: Some(
            "the kernel distance, precision, recall, density and coverage are not available: they need the features of each image, \
             and statistics are their mean and covariance alone"
                .into(),
        ),
    })
}

/// The real images, with what is the same for every set that is measured against them.
pub struct RealSet<'a> {
    features: &'a Features,
    manifold: Manifold<'a>,
    gaussian: Gaussian,
    k: usize,
    extractor: String,
}

impl<'a> RealSet<'a> {
    /// `name` says what the images were seen by, `k` which neighbour the balls of a manifold reach to.
    /// `observer` is told now and then how far it is.
    ///
    /// # Errors
    /// Not more than `k` images; [`Error::Cancelled`](crate::Error::Cancelled) when `observer` broke.
    pub fn new(
        features: &'a Features,
        name: &str,
        k: usize,
        observer: &mut dyn FnMut(Progress) -> ControlFlow<()>,
    ) -> Result<Self> {
        let mut pace =
            ProgressMeter::new("Measuring distances of real images", features.len(), Instant::now());
        let mut watch = |done| observer(pace.progress(done, Instant::now()));
        let manifold = Manifold::new(features, k, &mut watch)?;
        let gaussian = Gaussian::fit(features, &mut || watch(features.len()))?;
        Ok(Self { features, manifold, gaussian, k, extractor: name.to_owned() })
    }

    /// Measures generated images that were seen by the same.
    ///
    /// # Errors
    /// As [`RealSet::new`]; features of another dimension.
    pub fn measure(
        &self,
        generated: &Features,
        observer: &mut dyn FnMut(Progress) -> ControlFlow<()>,
    ) -> Result<SetMetrics> {
        let (n, n_real) = (generated.len(), self.features.len());
        // A pass over the generated rows, one over the real ones, and those of the kernel distance.
        let passes = [n, n_real, kid::rows(self.features, generated)];
        let title = "Measuring distances of generated images";
        let mut pace = ProgressMeter::new(title, passes.iter().sum(), Instant::now());
        let mut watch = |done| observer(pace.progress(done, Instant::now()));
        let manifold = Manifold::new(generated, self.k, &mut watch)?;
        let Prdc { precision, recall, density, coverage } =
            prdc(&self.manifold, &manifold, &mut |done| watch(n + done))?;
        let distance = kid::kernel_distance(self.features, generated, &mut |done| watch(n + n_real + done))?;
        let mut patience = || watch(passes.iter().sum());
        let gaussian = Gaussian::fit(generated, &mut patience)?;
        let fid = frechet_distance(&self.gaussian, &gaussian, &mut patience)?;
        Ok(SetMetrics {
            fid,
            kid: Some(distance.mean),
            kid_std: distance.std,
            precision: Some(precision),
            recall: Some(recall),
            density: Some(density),
            coverage: Some(coverage),
            k: self.k,
            n_real: Some(n_real),
            n_generated: Some(n),
            features: self.extractor.clone(),
            not_available: None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Error;

    /// Points that look random, around `center`.
    pub fn cloud(n: usize, dim: usize, seed: u64, center: f64) -> Features {
        let values = (0..(n * dim) as u64).map(|i| {
            let hash = xxhash_rust::xxh3::xxh3_64(&[seed.to_le_bytes(), i.to_le_bytes()].concat());
            center + (hash >> 11) as f64 / (1u64 << 53) as f64
        });
        Features::from_f64(values.collect(), dim).unwrap()
    }

    fn go_on(_: Progress) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }

    #[test]
    fn a_set_is_itself_and_a_distant_one_is_not() {
        let (here, far) = (cloud(300, 5, 1, 0.0), cloud(280, 5, 2, 40.0));
        let real = RealSet::new(&here, "points", 3, &mut go_on).unwrap();
        let same = real.measure(&here, &mut go_on).unwrap();
        assert!(same.fid < 1e-12, "{same:?}");
        assert_eq!((same.precision, same.recall, same.coverage), (Some(1.0), Some(1.0), Some(1.0)));
        let other = real.measure(&far, &mut go_on).unwrap();
        assert!((other.fid - 40.0f64.powi(2) * 5.0).abs() < 100.0, "{other:?}");
        assert_eq!([other.precision, other.recall, other.density, other.coverage], [Some(0.0); 4]);
        assert_eq!((other.n_real, other.n_generated, other.k), (Some(300), Some(280), 3));
        assert_eq!(other.features, "points");
        assert!(other.warning().unwrap().contains("280 images"));
        assert_eq!(SetMetrics { n_real: Some(2048), n_generated: Some(9000), ..other }.warning(), None);
    }

    #[test]
    fn what_cannot_be_measured_is_refused_and_a_break_is_obeyed() {
        let (here, flat) = (cloud(600, 4, 1, 0.0), cloud(600, 3, 2, 0.0));
        for k in [0, 600] {
            let message = RealSet::new(&here, "points", k, &mut go_on).err().unwrap().to_string();
            assert!(message.contains("1 to 599"), "{message}");
        }
        for (n, remedy) in
            [(1, "one image has no 3-th nearest neighbours; take more images"), (2, "a k of 1")]
        {
            let few = cloud(n, 4, 1, 0.0);
            let message = RealSet::new(&few, "points", 3, &mut go_on).err().unwrap().to_string();
            assert!(message.ends_with(remedy), "{message}");
        }
        let real = RealSet::new(&here, "points", 3, &mut go_on).unwrap();
        assert!(real.measure(&flat, &mut go_on).unwrap_err().to_string().contains("4 and of 3"));
        assert!(real.measure(&cloud(3, 4, 3, 0.0), &mut go_on).is_err());
        let (mut calls, mut last) = (0, 0);
        real.measure(&here, &mut |progress| {
            (calls, last) = (calls + 1, progress.done);
            go_on(progress)
        })
        .unwrap();
        assert_eq!(last, 3000, "to the end, and not beyond");
        for stop_at in 1..=calls {
            let mut left = stop_at;
            let stopped = real.measure(&here, &mut |_| {
                left -= 1;
                if left == 0 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            });
            assert!(matches!(stopped, Err(Error::Cancelled)));
        }
    }

    #[test]
    fn moments_give_the_distance_alone_and_have_to_be_some() {
        let moments = |mean: &[f64], covariance: &[f64]| SetData::Moments {
            mean: mean.to_vec(),
            covariance: covariance.to_vec(),
        };
        let measure = |a, b, observer: &mut dyn FnMut(Progress) -> ControlFlow<()>| {
            measure_moments([a, b], "points", 3, observer)
        };
        let (unit, points) = ([1.0, 0.0, 0.0, 1.0], || SetData::Features(cloud(200, 2, 1, 0.0)));
        // A unit square has the variance 1/12.
        let expected = 2.0 * (1.0 - (1.0f64 / 12.0).sqrt()).powi(2);
        let found = measure(moments(&[0.5, 0.5], &unit), points(), &mut go_on).unwrap();
        assert!((found.fid - expected).abs() < 0.1, "{found:?}");
        assert_eq!((found.precision, found.n_real, found.n_generated), (None, None, Some(200)));
        assert!(found.not_available.is_some());
        for (mean, covariance, says) in [
            (&[0.0, 0.0][..], &[1.0, 0.5, 0.0, 1.0][..], "not symmetric"),
            (&[0.0, 0.0], &[1.0, 2.0, 2.0, 1.0], "negative variance"),
            (&[0.0, f64::NAN], &unit, "finite"),
            (&[0.0, 0.0, 0.0], &unit, "do not belong together"),
            (&[0.0], &[1.0], "1 and of 2"),
            (&[0.0, 1e200], &unit, "cannot be computed"),
        ] {
            let message = measure(moments(mean, covariance), points(), &mut go_on).unwrap_err().to_string();
            assert!(message.contains(says), "{message}");
        }
        let stopped = measure(points(), moments(&[0.0; 2], &unit), &mut |_| ControlFlow::Break(()));
        assert!(matches!(stopped, Err(Error::Cancelled)));
    }
}
