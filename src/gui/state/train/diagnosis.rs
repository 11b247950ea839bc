//! Diagnosis of a code space, in one plain sentence.

use std::borrow::Cow;

use rust_i18n::t;

use super::insight::CollapseReading;
use crate::config::TrainConfig;
use crate::gui::state::messages::count;

/// "A moment ago" is so many readings back. They come about one a second.
const MOMENT: usize = 5;
/// Part of the dimensions, rounded up, that has to change in a moment to be called a movement: the count of
/// active units flickers by one or two around its threshold.
const MOVED_PART: f64 = 0.05;
/// Code use ([`CollapseReading::code_use`]) below which the decoder ignores its codes. An ignored code costs nothing
/// when it is shuffled; two in a hundred is what is left to chance on a few dozen images.
pub const IGNORED: f64 = 0.02;
/// Part of the best code use so far below which the decoder is said to have begun to ignore its codes.
const FADED: f64 = 0.75;
/// Updates in which a run is young: that its codes carry nothing is a beginning then, no collapse.
const YOUNG: usize = 200;
/// Part of the dimensions below which the sentence says what the others do.
const FEW: f64 = 0.25;

/// Whether what is going on is good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// Neither.
    Calm,
    /// As one wants it.
    Good,
    /// Something is being lost.
    Warning,
    /// It is lost.
    Bad,
}

/// A sentence, and what follows from it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnosis {
    /// Whether it is good.
    pub level: Level,
    /// The sentence.
    pub sentence: String,
    /// Why, or what to do about it.
    pub advice: String,
}

/// Diagnosis of a run with these settings, from what its codes carried so far, the oldest first.
pub fn sentence<'a>(
    readings: impl DoubleEndedIterator<Item = &'a CollapseReading> + Clone,
    config: &TrainConfig,
) -> Diagnosis {
    let dims = config.model.latent_dim;
    let Some(now) = readings.clone().next_back() else {
        return diagnosis(
            Level::Calm,
            t!("Nothing has been measured yet"),
            t!("The codes are measured about once a second while the run trains"),
        );
    };
    if !config.model.kind.is_variational() {
        return without_prior(now, dims);
    }
    let Some(active) = now.active_units else {
        let sentence = match now.rate {
            Some(rate) => {
                t!("The codes of this run carry %{nats} nats of information", nats = format!("{rate:.1}"))
            }
            None => t!("What the codes of this run carry was not measured"),
        };
        let advice = t!("Its dimensions are counted as soon as it trains on");
        return diagnosis(Level::Calm, sentence, advice);
    };
    let trend = Trend::of(readings, now, dims);
    let reads = reading_of(&trend, now);
    if active == 0 {
        return if trend.peak == 0 && trend.best_use <= IGNORED && trend.is_young {
            diagnosis(
                Level::Calm,
                t!("No dimension is active yet: the run has only begun"),
                t!("First the decoder learns the average picture, then the codes begin to matter"),
            )
        } else if reads == DiagnosisInput::Ignores || reads == DiagnosisInput::Unknown {
            let text = match dims {
                1 => {
                    t!("The only dimension has collapsed: every image is decoded to the same average picture")
                }
                _ => t!(
                    "All %{dims} dimensions have collapsed: every image is decoded to the same average picture",
                    dims = count(dims)
                ),
            };
            diagnosis(Level::Bad, text, rescue(now))
        } else {
            let text =
                t!("No dimension varies enough to count as active, yet the decoder still reads its code");
            diagnosis(Level::Warning, text, rescue(now))
        };
    }
    let counted = counted(active, dims);
    let by = count(trend.change.unsigned_abs());
    let mut diagnosis = if trend.change <= -trend.moved {
        let text = t!(
            "%{counted}, %{by} fewer than a moment ago: the posterior is collapsing",
            counted = counted,
            by = by
        );
        diagnosis(Level::Warning, text, rescue(now))
    } else if trend.change >= trend.moved && trend.has_dipped {
        let text =
            t!("%{counted}, %{by} more than a moment ago: it is recovering", counted = counted, by = by);
        diagnosis(Level::Good, text, t!("Information costs less again than it saves in the pictures"))
    } else if trend.change >= trend.moved {
        let text = t!(
            "%{counted}, %{by} more than a moment ago: it is learning to use its code",
            counted = counted,
            by = by
        );
        diagnosis(Level::Good, text, t!("The decoder finds more and more in the codes that helps it"))
    } else {
        steady(counted, active, dims, reads, now)
    };
    // A dimension is active as soon as it moves at all; how much it says is another matter.
    match now.carrying {
        Some(1) if dims > 1 => {
            let sentence = &diagnosis.sentence;
            diagnosis.sentence =
                t!("%{sentence}; 1 carries 95 % of the information", sentence = sentence).into_owned();
        }
        // Early in a run noise carries about as much as the few that are active.
        Some(carrying) if dims > 1 && carrying <= active => {
            let (sentence, carrying) = (&diagnosis.sentence, count(carrying));
            diagnosis.sentence =
                t!("%{sentence}; %{n} carry 95 % of the information", sentence = sentence, n = carrying)
                    .into_owned();
        }
        _ => {}
    }
    diagnosis
}

/// The decoder's use of its codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum DiagnosisInput {
    Unknown,
    /// It has never read them.
    NotYet,
    Ignores,
    Fading,
    Relies,
}

fn reading_of(trend: &Trend, now: &CollapseReading) -> DiagnosisInput {
    match now.code_use() {
        None => DiagnosisInput::Unknown,
        Some(part) if part <= IGNORED && trend.best_use <= IGNORED && trend.is_young => {
            DiagnosisInput::NotYet
        }
        Some(part) if part <= IGNORED => DiagnosisInput::Ignores,
        Some(part) if part < FADED * trend.best_use => DiagnosisInput::Fading,
        Some(_) => DiagnosisInput::Relies,
    }
}

/// Trend of the readings before the newest.
struct Trend {
    /// Active units now less those of a moment ago.
    change: isize,
    /// The least change that is a movement.
    moved: isize,
    /// Most active units so far.
    peak: usize,
    /// Whether there were clearly more active units once, and then clearly fewer than now.
    has_dipped: bool,
    /// Largest code use so far.
    best_use: f64,
    /// Whether the run has only begun.
    is_young: bool,
}

impl Trend {
    fn of<'a>(
        readings: impl DoubleEndedIterator<Item = &'a CollapseReading> + Clone,
        now: &CollapseReading,
        dims: usize,
    ) -> Self {
        let counts = |reading: &CollapseReading| reading.active_units.map(|units| units as isize);
        let moved = ((dims as f64 * MOVED_PART).ceil() as isize).max(1);
        let active = counts(now).unwrap_or(0);
        let ago = readings.clone().rev().nth(MOMENT).or_else(|| readings.clone().next());
        let (mut peak, mut deepest) = (0, 0);
        for units in readings.clone().filter_map(counts) {
            peak = peak.max(units);
            deepest = deepest.max(peak - units);
        }
        Trend {
            change: active - ago.and_then(counts).unwrap_or(active),
            moved,
            peak: peak.unsigned_abs(),
            // Twice a movement: growth after a mere flicker is no recovery.
            has_dipped: deepest >= 2 * moved,
            best_use: readings.clone().filter_map(CollapseReading::code_use).fold(0.0, f64::max),
            is_young: now.step < YOUNG,
        }
    }
}

fn steady(
    counted: String,
    active: usize,
    dims: usize,
    reads: DiagnosisInput,
    now: &CollapseReading,
) -> Diagnosis {
    let free = now.kl_weight == Some(0.0);
    match reads {
        DiagnosisInput::Ignores => {
            let text = t!("%{counted}, but the decoder ignores the code", counted = counted);
            diagnosis(Level::Bad, text, rescue(now))
        }
        DiagnosisInput::Fading => {
            let text = t!("%{counted}; the decoder has begun to ignore the code", counted = counted);
            diagnosis(Level::Warning, text, rescue(now))
        }
        DiagnosisInput::NotYet => diagnosis(
            Level::Calm,
            t!("%{counted}; the decoder does not read the code yet", counted = counted),
            t!("First it learns the average picture, then the codes begin to matter"),
        ),
        DiagnosisInput::Relies | DiagnosisInput::Unknown if free => diagnosis(
            Level::Calm,
            t!("%{counted}; at a KL weight of 0 nothing draws them to the prior", counted = counted),
            t!("Raise the weight: only codes that lie as the prior does make its draws look like the data"),
        ),
        DiagnosisInput::Relies | DiagnosisInput::Unknown if (active as f64) < FEW * dims as f64 => {
            let text = match dims - active {
                1 => t!("%{counted}; the other one rests at the prior and does nothing", counted = counted),
                rest => t!(
                    "%{counted}; the other %{n} rest at the prior and do nothing",
                    counted = counted,
                    n = count(rest)
                ),
            };
            diagnosis(Level::Calm, text, t!("A lower KL weight lets more of them speak"))
        }
        DiagnosisInput::Relies => diagnosis(
            Level::Good,
            t!("%{counted} and the decoder relies on them", counted = counted),
            t!("A higher KL weight trades detail for codes closer to the prior"),
        ),
        DiagnosisInput::Unknown => diagnosis(
            Level::Good,
            counted.into(),
            t!("A higher KL weight trades detail for codes closer to the prior"),
        ),
    }
}

fn without_prior(now: &CollapseReading, dims: usize) -> Diagnosis {
    let sentence = match now.active_units {
        Some(active) if active == dims => t!(
            "This autoencoder has no prior to collapse to; all %{dims} dimensions vary from image to image",
            dims = count(dims)
        ),
        Some(active) => t!(
            "This autoencoder has no prior to collapse to; %{n} of %{dims} dimensions vary from image to image",
            n = count(active),
            dims = count(dims)
        ),
        None => t!("This autoencoder has no prior to collapse to"),
    };
    diagnosis(Level::Calm, sentence, t!("Its codes cost nothing, so there is no KL to weigh"))
}

/// As in "9 of 128 dimensions are active".
fn counted(active: usize, dims: usize) -> String {
    match (active, dims) {
        (1, 1) => t!("The only dimension is active"),
        (active, dims) if active == dims => t!("All %{dims} dimensions are active", dims = count(dims)),
        (1, _) => t!("1 of %{dims} dimensions is active", dims = count(dims)),
        _ => t!("%{n} of %{dims} dimensions are active", n = count(active), dims = count(dims)),
    }
    .into_owned()
}

/// The remedy that brings collapsed codes back.
fn rescue(now: &CollapseReading) -> Cow<'static, str> {
    match now.kl_weight {
        Some(weight) if weight > 0.0 => {
            t!("Lower the KL weight, now %{weight}, or let it grow from 0 again", weight = number(weight))
        }
        Some(_) => t!("The KL weight is 0: what is lost comes back as the run goes on"),
        None => t!("Lower the KL weight, or let it grow from 0 again"),
    }
}

/// A number in few digits, as in "0.25".
pub fn number(value: f64) -> String {
    let digits = if value == 0.0 { 0 } else { (2 - value.abs().log10().floor() as i32).clamp(0, 8) };
    let text = format!("{value:.*}", digits as usize);
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

fn diagnosis(level: Level, sentence: Cow<'static, str>, advice: Cow<'static, str>) -> Diagnosis {
    Diagnosis { level, sentence: sentence.into_owned(), advice: advice.into_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::ModelKind;
    use crate::gui::state::train::samples;

    /// Readings with these active units and code uses.
    fn run(rows: &[(usize, f64)]) -> Vec<CollapseReading> {
        let reading = |(step, (active, code_use)): (usize, &(usize, f64))| CollapseReading {
            step: step * 10,
            active_units: Some(*active),
            carrying: None,
            rate: Some(3.0),
            distortion: 0.05 * (1.0 - code_use),
            shuffled: Some(0.05),
            kl_weight: Some(4.0),
        };
        rows.iter().enumerate().map(reading).collect()
    }

    fn said(dims: usize, rows: &[(usize, f64)]) -> (Level, String) {
        let diagnosis = sentence(run(rows).iter(), &samples::config(ModelKind::Vae, dims));
        assert!(diagnosis.advice.len() > 10 && !diagnosis.sentence.ends_with('.'));
        (diagnosis.level, diagnosis.sentence)
    }

    #[test]
    fn a_run_from_the_first_reading_to_collapse_and_back() {
        let mut rows = vec![(0, 0.0)];
        let check = |rows: &[(usize, f64)], level, text: &str| {
            assert_eq!(said(32, rows), (level, text.to_owned()), "{} readings", rows.len());
        };
        check(&rows, Level::Calm, "No dimension is active yet: the run has only begun");
        rows.extend([(2, 0.01), (5, 0.2), (9, 0.4)]);
        check(
            &rows,
            Level::Good,
            "9 of 32 dimensions are active, 9 more than a moment ago: it is learning to use its code",
        );
        rows.extend([(30, 0.8); 8]);
        check(&rows, Level::Good, "30 of 32 dimensions are active and the decoder relies on them");
        rows.extend([(29, 0.78), (24, 0.7)]);
        check(
            &rows,
            Level::Warning,
            "24 of 32 dimensions are active, 6 fewer than a moment ago: the posterior is collapsing",
        );
        rows.extend([(9, 0.4); 6]);
        check(
            &rows,
            Level::Warning,
            "9 of 32 dimensions are active; the decoder has begun to ignore the code",
        );
        rows.extend([(4, 0.01); 6]);
        check(&rows, Level::Bad, "4 of 32 dimensions are active, but the decoder ignores the code");
        rows.extend([(0, 0.0); 6]);
        check(
            &rows,
            Level::Bad,
            "All 32 dimensions have collapsed: every image is decoded to the same average picture",
        );
        rows.extend([(22, 0.5), (22, 0.5), (22, 0.5), (22, 0.6), (22, 0.6), (25, 0.6)]);
        check(
            &rows,
            Level::Good,
            "25 of 32 dimensions are active, 3 more than a moment ago: it is recovering",
        );
    }

    #[test]
    fn active_dimensions_are_not_said_to_carry_what_a_few_of_them_do() {
        let mut readings = run(&[(31, 0.8); 12]);
        let vae = samples::config(ModelKind::Vae, 32);
        readings[11].carrying = Some(8);
        let text =
            "31 of 32 dimensions are active and the decoder relies on them; 8 carry 95 % of the information";
        assert_eq!(sentence(readings.iter(), &vae).sentence, text);
        readings[11].carrying = Some(1);
        assert!(sentence(readings.iter(), &vae).sentence.ends_with("; 1 carries 95 % of the information"));
    }

    #[test]
    fn few_but_used_dimensions_are_no_alarm_and_a_flicker_is_no_movement() {
        let text = "9 of 128 dimensions are active; the other 119 rest at the prior and do nothing";
        assert_eq!(said(128, &[(9, 0.8); 12]), (Level::Calm, text.to_owned()));
        let mut flicker = vec![(9, 0.8); 12];
        flicker.push((11, 0.8));
        assert!(said(128, &flicker).1.starts_with("11 of 128 dimensions are active; the other"));
        assert!(said(1, &[(1, 0.8); 12]).1.starts_with("The only dimension is active and"));
        assert!(said(1, &[(0, 0.0); YOUNG / 10 + 1]).1.starts_with("The only dimension has collapsed"));
    }

    #[test]
    fn a_run_that_never_came_to_use_its_code_has_collapsed_too() {
        let (level, text) = said(32, &[(0, 0.0); YOUNG / 10 + 1]);
        assert!(level == Level::Bad && text.starts_with("All 32 dimensions have collapsed"), "{text}");
    }

    #[test]
    fn the_advice_names_the_weight() {
        let config = samples::config(ModelKind::Vae, 32);
        let mut readings = run(&[(30, 0.8), (0, 0.0)]);
        assert_eq!(
            sentence(readings.iter(), &config).advice,
            "Lower the KL weight, now 4, or let it grow from 0 again"
        );
        readings[1].kl_weight = Some(0.0);
        assert!(sentence(readings.iter(), &config).advice.starts_with("The KL weight is 0"));
        for (weight, text) in [(0.25, "0.25"), (4.0, "4"), (1200.0, "1200"), (0.00123, "0.00123"), (0.0, "0")]
        {
            assert_eq!(number(weight), text);
        }
    }

    #[test]
    fn without_a_prior_or_a_count_nothing_is_claimed() {
        let ae = samples::config(ModelKind::Ae, 32);
        let text = sentence(run(&[(31, 0.9)]).iter(), &ae).sentence;
        assert_eq!(
            text,
            "This autoencoder has no prior to collapse to; 31 of 32 dimensions vary from image to image"
        );
        let vae = samples::config(ModelKind::Vae, 32);
        assert_eq!(sentence([].iter(), &vae).sentence, "Nothing has been measured yet");
        let old = [CollapseReading { rate: Some(12.34), distortion: 0.01, ..CollapseReading::default() }];
        let text = sentence(old.iter(), &vae).sentence;
        assert_eq!(text, "The codes of this run carry 12.3 nats of information");
    }
}
