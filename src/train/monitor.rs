//! Looks at a run while it trains, for somebody who watches: what its codes carry and how its pictures look,
//! measured on fixed images. Nothing here touches the weights, the noise or the history: a run that is
//! watched is the same run.

use std::time::{Duration, Instant};

use super::code_map::CodeMapper;
use super::snapshot::Snapshot;
use crate::error::Result;
use crate::latent::sampling;
use crate::latent::statistics::{Encoded, of_codes};
use crate::measure::validate::{re_of_codes, re_shuffled};
use crate::metrics::collapse::{HISTOGRAM_BINS, PRIOR_RANGE, histogram, partner, range_of_codes};
use crate::observer::{Observer, Watched};
use crate::random::{self, streams};
use crate::report::{CollapseReport, JobEvent, LatentInfo, LivePictures};

/// Images that are measured: so many of 64 × 64 pixels or smaller ones, fewer of larger ones, so that a look
/// does not take longer, and never so few that a variance over them means nothing.
const IMAGES: usize = 128;
const FEWEST_IMAGES: usize = 32;
/// Photos of the data set and draws that are shown.
const PHOTOS: usize = 8;
const DRAWS: usize = 16;
/// Number of draws where there is nothing else to show.
const DRAWS_ALONE: usize = 32;
/// Photos and codes, each, that somebody may watch: more than fit on a screen, and no more than a look can take.
const MOST_WATCHED: usize = 32;
/// Number of the first watched photo where pictures are numbered for their noise.
pub(super) const WATCHED_FROM: usize = 1 << 20;

/// The looks at a run: what is watched, for whom, and when it was looked at last.
#[derive(Default)]
pub(super) struct Monitor {
    /// None as long as nobody watches.
    watched: Option<Watched>,
    pace: LookInterval,
    /// The step of the last look, unless there is something else to see by now.
    seen: Option<usize>,
    has_complained: bool,
    mapper: CodeMapper,
}

impl Monitor {
    /// Somebody watches, from now on these. What cannot be shown is told and left out.
    pub fn watch(&mut self, mut watched: Watched, latent_dim: usize, observer: &mut dyn Observer) {
        let (photos, codes) = (watched.photos.len(), watched.codes.len());
        watched.codes.retain(|code| code.len() == latent_dim);
        if watched.codes.len() < codes {
            observer.warning(&format!(
                "{} of the codes to be watched are left out: codes of this model have {latent_dim} numbers",
                codes - watched.codes.len()
            ));
        }
        if photos > MOST_WATCHED || watched.codes.len() > MOST_WATCHED {
            observer.warning(&format!(
                "only the first {MOST_WATCHED} photos and {MOST_WATCHED} codes are watched"
            ));
        }
        watched.photos.truncate(MOST_WATCHED);
        watched.codes.truncate(MOST_WATCHED);
        self.watched = Some(watched);
        self.look_soon();
    }

    /// Photos and codes watched along with the run's own pictures.
    pub fn watched(&self) -> Option<&Watched> {
        self.watched.as_ref()
    }

    /// Plans a look soon, as there is something else to see.
    pub fn look_soon(&mut self) {
        self.pace.hurried = true;
        self.seen = None;
    }

    /// Looks between two updates if it is time to.
    pub fn look_in_passing(&mut self, snapshot: &Snapshot, observer: &mut dyn Observer) {
        if self.pace.is_due(Instant::now()) {
            self.look_at_rest(snapshot, observer);
        }
    }

    /// Looks now, where nothing waits for it, unless that would show what the last look has shown.
    pub fn look_at_rest(&mut self, snapshot: &Snapshot, observer: &mut dyn Observer) {
        if self.watched.is_some() && self.seen != Some(snapshot.step) {
            self.look(snapshot, observer);
        }
    }

    fn look(&mut self, snapshot: &Snapshot, observer: &mut dyn Observer) {
        let began = Instant::now();
        let watched = self.watched.take().unwrap_or_default();
        let seen = look(snapshot, &watched).and_then(|seen| {
            // Without an encoder nothing has a place.
            let has_codes = seen.as_ref().is_some_and(|(collapse, _)| collapse.is_some());
            Ok((seen, if has_codes { self.mapper.map(snapshot)? } else { None }))
        });
        match seen {
            Ok((Some((collapse, pictures)), map)) => {
                if let Some(collapse) = collapse {
                    observer.tell(JobEvent::Collapse(Box::new(collapse)));
                }
                observer.tell(JobEvent::Pictures(Box::new(pictures)));
                map.into_iter().for_each(|map| observer.tell(JobEvent::Map(Box::new(map))));
            }
            Ok((None, _)) => (),
            // Training itself finds out soon enough what is wrong, if it concerns it.
            Err(error) if !self.has_complained => {
                self.has_complained = true;
                observer.warning(&format!("the live pictures are missing: {error}. Training goes on"));
            }
            Err(_) => (),
        }
        self.watched = Some(watched);
        self.seen = Some(snapshot.step);
        self.pace.looked(began, Instant::now());
    }
}

/// When to look again.
#[derive(Default)]
struct LookInterval {
    /// When the last look was over, and how long it took.
    last: Option<(Instant, Duration)>,
    hurried: bool,
}

impl LookInterval {
    /// The usual rest between two looks: a second, and so long that they take a twentieth of the time.
    const REST: Duration = Duration::from_secs(1);
    const REST_OF_COST: u32 = 19;
    /// The rest once after a change. A hand on a slider makes dozens a second, which must not stop training.
    const SOON: Duration = Duration::from_millis(200);
    const SOON_OF_COST: u32 = 4;

    fn is_due(&self, now: Instant) -> bool {
        let Some((over, cost)) = self.last else { return true };
        let (rest, of_cost) = match self.hurried {
            true => (Self::SOON, Self::SOON_OF_COST),
            false => (Self::REST, Self::REST_OF_COST),
        };
        now.saturating_duration_since(over) >= rest.max(cost.saturating_mul(of_cost))
    }

    fn looked(&mut self, began: Instant, over: Instant) {
        self.last = Some((over, over.saturating_duration_since(began)));
        self.hurried = false;
    }
}

/// Measures and decodes; none where there are too few images to tell their codes apart, or the weights are no
/// longer numbers, which training will say. Without an encoder there are draws, and nothing that collapses.
fn look(snapshot: &Snapshot, watched: &Watched) -> Result<Option<(Option<CollapseReport>, LivePictures)>> {
    if !snapshot.config.kind.has_encoder() {
        return Ok(Some((None, draws_alone(snapshot, watched)?)));
    }
    let affordable = IMAGES * 64 * 64 / snapshot.config.image_size.pow(2);
    let count = snapshot.shown.len().min(affordable.clamp(FEWEST_IMAGES, IMAGES));
    let indices = &snapshot.shown[..count];
    let encoded = snapshot.encoded(indices)?;
    if !encoded.mu.iter().flatten().all(|v| v.is_finite()) {
        return Ok(None);
    }
    let latent = of_codes(&encoded, snapshot.config.code_units)?;
    let Some(collapse) = collapse(snapshot, indices, &encoded, &latent)? else { return Ok(None) };
    Ok(Some((Some(collapse), pictures(snapshot, &latent, watched)?)))
}

/// `encoded` and `latent` are of the images `indices`.
fn collapse(
    snapshot: &Snapshot,
    indices: &[usize],
    encoded: &Encoded,
    latent: &LatentInfo,
) -> Result<Option<CollapseReport>> {
    let &Snapshot { model, dataset, likelihood, device, .. } = snapshot;
    let Some(re_shuffled) = re_shuffled(model, dataset, indices, &encoded.mu, likelihood, device)? else {
        return Ok(None);
    };
    let Some(active_units) = latent.active_units() else { return Ok(None) };
    let units = snapshot.config.code_units;
    let (drawn, histogram_range) = match &encoded.log_var {
        Some(log_var) => (draws(&encoded.mu, log_var, snapshot.seed), PRIOR_RANGE),
        None => (encoded.mu.concat(), range_of_codes(&encoded.mu, units)),
    };
    let report = CollapseReport {
        step: snapshot.step,
        images: indices.len(),
        kl_per_dim: latent.kl.clone(),
        active_units,
        histogram: histogram(drawn, HISTOGRAM_BINS, histogram_range),
        histogram_range,
        re: re_of_codes(model, dataset, indices, &encoded.mu, likelihood, device)?,
        re_shuffled,
    };
    Ok((report.re.is_finite() && report.re_shuffled.is_finite()).then_some(report))
}

/// A draw from q(z|x) for each image, `mu + exp(log_var / 2) · eps`, one after another; `eps` is always the
/// same, so that what changes from look to look is the model.
fn draws(mu: &[Vec<f32>], log_var: &[Vec<f32>], seed: u64) -> Vec<f32> {
    let (mu, log_var) = (mu.concat(), log_var.concat());
    let eps = random::standard_normal(seed, streams::WATCHED_CODES, mu.len());
    mu.iter().zip(&log_var).zip(eps).map(|((mu, log_var), eps)| mu + (log_var / 2.0).exp() * eps).collect()
}

fn pictures(snapshot: &Snapshot, latent: &LatentInfo, watched: &Watched) -> Result<LivePictures> {
    let originals = snapshot.images(&snapshot.shown[..snapshot.shown.len().min(PHOTOS)])?;
    let given = snapshot.given(&originals, 0)?;
    let codes = snapshot.codes(&given)?;
    let swapped: Vec<Vec<f32>> =
        (0..codes.len()).map(|index| codes[partner(index, codes.len()).unwrap_or(index)].clone()).collect();
    let photos = snapshot.given(&watched.photos, WATCHED_FROM)?;
    let of_photos = snapshot.pictures(&snapshot.codes(&photos)?)?;
    Ok(LivePictures {
        step: snapshot.step,
        reconstructions: snapshot.pictures(&codes)?,
        shuffled: snapshot.pictures(&swapped)?,
        samples: snapshot.pictures(&sampling::sample(latent, DRAWS, snapshot.seed))?,
        photos: photos.into_iter().zip(of_photos).collect(),
        pinned: snapshot.pictures(&watched.codes)?,
        inputs: if snapshot.noise.is_some() { given } else { Vec::new() },
        originals,
    })
}

fn draws_alone(snapshot: &Snapshot, watched: &Watched) -> Result<LivePictures> {
    let latent = LatentInfo::unmeasured(snapshot.config.latent_dim);
    Ok(LivePictures {
        step: snapshot.step,
        originals: Vec::new(),
        inputs: Vec::new(),
        reconstructions: Vec::new(),
        shuffled: Vec::new(),
        samples: snapshot.pictures(&sampling::sample(&latent, DRAWS_ALONE, snapshot.seed))?,
        photos: Vec::new(),
        pinned: snapshot.pictures(&watched.codes)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn looks_take_a_twentieth_of_the_time_and_come_sooner_after_a_change() {
        let start = Instant::now();
        let at = |ms: u64| start + Duration::from_millis(ms);
        // How long after a look that took `cost` the next one is due.
        let rest = |cost: u64, hurried: bool| {
            let mut pace = LookInterval::default();
            assert!(pace.is_due(start), "the first one at once");
            pace.looked(start, at(cost));
            pace.hurried = hurried;
            (0..100_000).step_by(10).find(|ms| pace.is_due(at(cost + ms))).unwrap()
        };
        assert_eq!((rest(1, false), rest(50, false)), (1000, 1000));
        assert_eq!((rest(100, false), rest(1000, false)), (1900, 19_000));
        assert_eq!((rest(1, true), rest(50, true), rest(1000, true)), (200, 200, 4000));
        let mut pace = LookInterval { hurried: true, ..LookInterval::default() };
        pace.looked(start, at(1));
        assert!(!pace.hurried, "one look is enough");
    }
}
