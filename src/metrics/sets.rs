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
        let gaussian = Gaussian::fit(features)?;
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
        let fid = frechet_distance(&self.gaussian, &Gaussian::fit(generated)?)?;
        Ok(SetMetrics {
            fid,
            kid: distance.mean,
            kid_std: distance.std,
            precision,
            recall,
            density,
            coverage,
            k: self.k,
            n_real,
            n_generated: n,
            features: self.extractor.clone(),
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
        assert_eq!((same.precision, same.recall, same.coverage), (1.0, 1.0, 1.0));
        let other = real.measure(&far, &mut go_on).unwrap();
        assert!((other.fid - 40.0f64.powi(2) * 5.0).abs() < 100.0, "{other:?}");
        assert_eq!((other.precision, other.recall, other.density, other.coverage), (0.0, 0.0, 0.0, 0.0));
        assert_eq!((other.n_real, other.n_generated, other.k, &*other.features), (300, 280, 3, "points"));
        assert!(other.warning().unwrap().contains("280 images"));
        assert_eq!(SetMetrics { n_real: 2048, n_generated: 9000, ..other }.warning(), None);
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
}
