//! Diagnosis of a code space, in one plain sentence.

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
            "Nothing has been measured yet".into(),
            "The codes are measured about once a second while the run trains".into(),
        );
    };
    if !config.model.kind.is_variational() {
        return without_prior(now, dims);
    }
    let Some(active) = now.active_units else {
        let rate = now.rate.map_or("an unknown number of".into(), |rate| format!("{rate:.1}"));
        return diagnosis(
            Level::Calm,
            format!("The codes of this run carry {rate} nats of information"),
            "Its dimensions are counted as soon as it trains on".into(),
        );
    };
    let trend = Trend::of(readings, now, dims);
    let reads = reading_of(&trend, now);
    if active == 0 {
        return if trend.peak == 0 && trend.best_use <= IGNORED && trend.is_young {
            diagnosis(
                Level::Calm,
                "No dimension is active yet: the run has only begun".into(),
                "First the decoder learns the average picture, then the codes begin to matter".into(),
            )
        } else if reads == DiagnosisInput::Ignores || reads == DiagnosisInput::Unknown {
            let all = if dims == 1 {
                "The only dimension has".into()
            } else {
                format!("All {} dimensions have", count(dims))
            };
            let text = format!("{all} collapsed: every image is decoded to the same average picture");
            diagnosis(Level::Bad, text, rescue(now))
        } else {
            let text = "No dimension varies enough to count as active, yet the decoder still reads its code";
            diagnosis(Level::Warning, text.into(), rescue(now))
        };
    }
    let counted = counted(active, dims);
    let by = count(trend.change.unsigned_abs());
    let mut diagnosis = if trend.change <= -trend.moved {
        let text = format!("{counted}, {by} fewer than a moment ago: the posterior is collapsing");
        diagnosis(Level::Warning, text, rescue(now))
    } else if trend.change >= trend.moved && trend.has_dipped {
        let text = format!("{counted}, {by} more than a moment ago: it is recovering");
        diagnosis(Level::Good, text, "Information costs less again than it saves in the pictures".into())
    } else if trend.change >= trend.moved {
        let text = format!("{counted}, {by} more than a moment ago: it is learning to use its code");
        diagnosis(Level::Good, text, "The decoder finds more and more in the codes that helps it".into())
    } else {
        steady(counted, active, dims, reads, now)
    };
    // A dimension is active as soon as it moves at all; how much it says is another matter.
    match now.carrying {
        Some(1) if dims > 1 => diagnosis.sentence += "; 1 carries 95 % of the information",
        Some(carrying) if dims > 1 => {
            diagnosis.sentence += &format!("; {} carry 95 % of the information", count(carrying));
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
            diagnosis(Level::Bad, format!("{counted}, but the decoder ignores the code"), rescue(now))
        }
        DiagnosisInput::Fading => diagnosis(
            Level::Warning,
            format!("{counted}; the decoder has begun to ignore the code"),
            rescue(now),
        ),
        DiagnosisInput::NotYet => {
            let text = format!("{counted}; the decoder does not read the code yet");
            diagnosis(
                Level::Calm,
                text,
                "First it learns the average picture, then the codes begin to matter".into(),
            )
        }
        DiagnosisInput::Relies | DiagnosisInput::Unknown if free => diagnosis(
            Level::Calm,
            format!("{counted}; at a KL weight of 0 nothing draws them to the prior"),
            "Raise the weight: only codes that lie as the prior does make its draws look like the data"
                .into(),
        ),
        DiagnosisInput::Relies | DiagnosisInput::Unknown if (active as f64) < FEW * dims as f64 => {
            let rest = count(dims - active);
            let others = if dims - active == 1 {
                "the other one rests".into()
            } else {
                format!("the other {rest} rest")
            };
            let text = format!("{counted}; {others} at the prior and do nothing");
            diagnosis(Level::Calm, text, "A lower KL weight lets more of them speak".into())
        }
        DiagnosisInput::Relies => diagnosis(
            Level::Good,
            format!("{counted} and the decoder relies on them"),
            "A higher KL weight trades detail for codes closer to the prior".into(),
        ),
        DiagnosisInput::Unknown => diagnosis(
            Level::Good,
            counted,
            "A higher KL weight trades detail for codes closer to the prior".into(),
        ),
    }
}

fn without_prior(now: &CollapseReading, dims: usize) -> Diagnosis {
    let sentence = match now.active_units {
        Some(active) => {
            let vary = match active == dims {
                true => format!("all {}", count(dims)),
                false => format!("{} of {}", count(active), count(dims)),
            };
            format!(
                "This autoencoder has no prior to collapse to; {vary} dimensions vary from image to image"
            )
        }
        None => "This autoencoder has no prior to collapse to".into(),
    };
    let advice = "Its codes cost nothing, so there is no KL to weigh";
    diagnosis(Level::Calm, sentence, advice.into())
}

/// As in "9 of 128 dimensions are active".
fn counted(active: usize, dims: usize) -> String {
    match (active, dims) {
        (1, 1) => "The only dimension is active".into(),
        (active, dims) if active == dims => format!("All {} dimensions are active", count(dims)),
        (1, _) => format!("1 of {} dimensions is active", count(dims)),
        _ => format!("{} of {} dimensions are active", count(active), count(dims)),
    }
}

/// The remedy that brings collapsed codes back.
fn rescue(now: &CollapseReading) -> String {
    match now.kl_weight {
        Some(weight) if weight > 0.0 => {
            format!("Lower the KL weight, now {}, or let it grow from 0 again", number(weight))
        }
        Some(_) => "The KL weight is 0: what is lost comes back as the run goes on".into(),
        None => "Lower the KL weight, or let it grow from 0 again".into(),
    }
}

/// A number in few digits, as in "0.25".
pub fn number(value: f64) -> String {
    let digits = if value == 0.0 { 0 } else { (2 - value.abs().log10().floor() as i32).clamp(0, 8) };
    let text = format!("{value:.*}", digits as usize);
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

fn diagnosis(level: Level, sentence: String, advice: String) -> Diagnosis {
    Diagnosis { level, sentence, advice }
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
