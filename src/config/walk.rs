//! Walks through a latent space as plain data: key faces on a timeline, and how one goes between them.

use std::path::PathBuf;

use clap::ValueEnum;
use serde::{Deserialize, Serialize};

use crate::crop::Crop;
use crate::error::{Error, Result};

/// Ending of the names of files that hold a [`WalkPlan`].
pub const WALK_ENDING: &str = ".walk.json";
/// Pictures of the longest walk; a film of more would take minutes to write and nobody would wait for its end.
pub const MOST_FRAMES: usize = 1000;
/// Seconds of the longest walk.
const MOST_SECONDS: f32 = 600.0;
/// The version of the format of [`WalkPlan`].
const VERSION: u32 = 1;

/// The path of a walk from one code to another.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum WalkPath {
    /// A straight line.
    Lerp,
    /// Along a great circle, so that the walk keeps the length typical of a Gaussian code (White 2016).
    #[default]
    Slerp,
}

impl WalkPath {
    /// The word for it on the command line.
    pub fn label(self) -> &'static str {
        match self {
            WalkPath::Lerp => "lerp",
            WalkPath::Slerp => "slerp",
        }
    }
}

/// The pace of a walk from each key face to the next: the part of the way that is done after a part `t` of the
/// time, 0 at 0, 1 at 1 and rising between. Names as in CSS Easing Functions Level 2; polynomials in place of
/// its Bézier curves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Easing {
    /// t: the same pace all the way.
    #[default]
    Linear,
    /// t²: begins at rest.
    EaseIn,
    /// 1 − (1 − t)²: comes to rest.
    EaseOut,
    /// 3t² − 2t³ (smoothstep): rests at both ends.
    EaseInOut,
    /// 6t⁵ − 15t⁴ + 10t³ (Perlin 2002): rests at both ends, without a jerk.
    Smoother,
}

impl Easing {
    /// All of them.
    pub const ALL: [Easing; 5] =
        [Easing::Linear, Easing::EaseIn, Easing::EaseOut, Easing::EaseInOut, Easing::Smoother];

    /// The word for it on the command line.
    pub fn label(self) -> &'static str {
        match self {
            Easing::Linear => "linear",
            Easing::EaseIn => "ease-in",
            Easing::EaseOut => "ease-out",
            Easing::EaseInOut => "ease-in-out",
            Easing::Smoother => "smoother",
        }
    }

    /// The part of the way after the part `t` of the time, both in [0, 1]; exactly 0 at 0 and 1 at 1.
    pub fn at(self, t: f32) -> f32 {
        let t = t.clamp(0.0, 1.0);
        match self {
            Easing::Linear => t,
            Easing::EaseIn => t * t,
            Easing::EaseOut => 1.0 - (1.0 - t) * (1.0 - t),
            Easing::EaseInOut => t * t * (3.0 - 2.0 * t),
            Easing::Smoother => t * t * t * (10.0 + t * (6.0 * t - 15.0)),
        }
    }

    /// The pace of the same walk gone backwards: 1 − at(1 − t).
    pub fn reversed(self) -> Self {
        match self {
            Easing::EaseIn => Easing::EaseOut,
            Easing::EaseOut => Easing::EaseIn,
            symmetric => symmetric,
        }
    }
}

/// A face that a walk passes at a time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct KeyFace<S> {
    /// Part of the walk's time that has passed by then, in [0, 1].
    pub time: f32,
    /// Its code, or where that comes from.
    pub source: S,
}

/// Key faces in the order of their times, and how one goes from each to the next. Before the first and after
/// the last the walk rests; where it is a loop, it goes on from the last to the first instead.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Timeline<S> {
    /// The key faces; times do not fall.
    pub keys: Vec<KeyFace<S>>,
    /// The way between two.
    #[serde(default)]
    pub path: WalkPath,
    /// The pace between two.
    #[serde(default)]
    pub easing: Easing,
    /// Whether the end of the walk is its beginning.
    #[serde(default, rename = "loop")]
    pub looped: bool,
}

impl<S> Timeline<S> {
    /// Key faces at equal distances over the whole time: the last at the end, or, in a loop, as far from the first
    /// as from its neighbour.
    pub fn evenly(sources: Vec<S>, path: WalkPath, easing: Easing, looped: bool) -> Self {
        let times = even_times(sources.len(), looped);
        let keys = times.into_iter().zip(sources).map(|(time, source)| KeyFace { time, source }).collect();
        Timeline { keys, path, easing, looped }
    }

    /// A timeline with another source for each key face.
    ///
    /// # Errors
    /// The first that `source` has.
    pub fn with<T, E>(&self, source: impl FnMut(&KeyFace<S>) -> Result<T, E>) -> Result<Timeline<T>, E> {
        let sources = self.keys.iter().map(source).collect::<Result<Vec<_>, E>>()?;
        let keys = self.keys.iter().zip(sources).map(|(key, source)| KeyFace { time: key.time, source });
        Ok(Timeline { keys: keys.collect(), path: self.path, easing: self.easing, looped: self.looped })
    }

    /// Refuses what is no walk.
    ///
    /// # Errors
    /// A sentence: no key face, a time outside [0, 1], times that fall.
    pub fn check(&self) -> Result<()> {
        let reason = match &self.keys[..] {
            [] => "a walk needs a key face".to_owned(),
            keys => match keys.iter().find(|key| !(0.0..=1.0).contains(&key.time)) {
                Some(key) => {
                    format!("a key face at {} is outside of the walk, which goes from 0 to 1", key.time)
                }
                None if keys.is_sorted_by_key(|key| key.time) => return Ok(()),
                None => "the times of the key faces of a walk have to rise".to_owned(),
            },
        };
        Err(Error::Invalid(reason))
    }
}

/// Times of `count` key faces or pictures of a walk at equal distances: from 0 to 1, both included; in a loop the last
/// one comes a step before the end, which is the beginning.
pub fn even_times(count: usize, looped: bool) -> Vec<f32> {
    let steps = if looped { count } else { count.saturating_sub(1) }.max(1);
    (0..count).map(|index| index as f32 / steps as f32).collect()
}

/// Source of the code of a key face, in words that outlive a session.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum KeySource {
    /// The first draw from the prior with this seed.
    Seed(u64),
    /// A part of a photo, encoded.
    Photo {
        /// The image file; in a walk file relative to that one's folder, unless absolute.
        file: PathBuf,
        /// The part of it that the model sees.
        #[serde(default)]
        crop: Crop,
    },
    /// The code itself, as many numbers as the model's codes have.
    Code(Vec<f32>),
}

/// A walk as a file keeps it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WalkPlan {
    /// Version of the format: 1.
    pub walk: u32,
    /// Key faces, path, easing, loop.
    #[serde(flatten)]
    pub timeline: Timeline<KeySource>,
    /// Pictures from end to end.
    pub frames: usize,
    /// Seconds from end to end.
    pub seconds: f32,
}

impl WalkPlan {
    /// A walk in the format of today.
    pub fn new(timeline: Timeline<KeySource>, frames: usize, seconds: f32) -> Self {
        WalkPlan { walk: VERSION, timeline, frames, seconds }
    }

    /// Refuses what a later program has written, and what is no walk.
    ///
    /// # Errors
    /// A sentence that says which.
    pub fn check(&self) -> Result<()> {
        if self.walk != VERSION {
            return Err(Error::Invalid(format!(
                "this walk is of version {}, and this program knows version {VERSION}",
                self.walk
            )));
        }
        check_frames(self.frames)?;
        check_seconds(self.seconds)?;
        self.timeline.check()
    }
}

/// Refuses a walk of too few or too many pictures.
///
/// # Errors
/// A sentence with how many there can be.
pub fn check_frames(frames: usize) -> Result<()> {
    match (2..=MOST_FRAMES).contains(&frames) {
        true => Ok(()),
        false => Err(Error::Invalid(format!(
            "a walk of {frames} pictures is not possible; choose 2 to {MOST_FRAMES}"
        ))),
    }
}

/// Refuses a walk that takes no time or longer than anybody looks.
///
/// # Errors
/// A sentence with how long it can take.
pub fn check_seconds(seconds: f32) -> Result<()> {
    match seconds > 0.0 && seconds <= MOST_SECONDS {
        true => Ok(()),
        false => Err(Error::Invalid(format!(
            "a walk cannot take {seconds} seconds; choose more than 0 and at most {MOST_SECONDS}"
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_what_the_command_line_takes() {
        for easing in Easing::ALL {
            assert_eq!(Easing::from_str(easing.label(), false), Ok(easing));
        }
        for path in [WalkPath::Lerp, WalkPath::Slerp] {
            assert_eq!(WalkPath::from_str(path.label(), false), Ok(path));
        }
    }

    #[test]
    fn an_easing_rises_from_0_to_1_and_backwards_is_its_mirror() {
        for easing in Easing::ALL {
            assert_eq!((easing.at(0.0), easing.at(1.0)), (0.0, 1.0), "{easing:?}");
            let parts: Vec<f32> = (0..=256).map(|i| i as f32 / 256.0).collect();
            assert!(parts.windows(2).all(|p| easing.at(p[0]) < easing.at(p[1])), "{easing:?} does not rise");
            for t in parts {
                let (there, back) = (easing.at(t), 1.0 - easing.reversed().at(1.0 - t));
                assert!((there - back).abs() < 1e-6, "{easing:?} at {t}: {there}, {back}");
            }
            assert_eq!(easing.reversed().reversed(), easing);
        }
        assert_eq!(Easing::EaseIn.at(0.5), 0.25);
        assert_eq!(Easing::EaseOut.at(0.5), 0.75);
        assert_eq!([Easing::EaseInOut.at(0.25), Easing::Smoother.at(0.25)], [0.15625, 0.103515625]);
    }

    #[test]
    fn times_end_at_the_end_or_a_step_before_the_beginning() {
        assert_eq!(even_times(5, false), [0.0, 0.25, 0.5, 0.75, 1.0]);
        assert_eq!(even_times(4, true), [0.0, 0.25, 0.5, 0.75]);
        assert_eq!(even_times(1, false), [0.0]);
        assert!(even_times(0, true).is_empty());
    }

    #[test]
    fn a_plan_survives_its_file_and_says_what_is_wrong_with_another() {
        let crop = Crop { center_x: 0.5, center_y: 0.25, size: 0.5, angle: -7.5 };
        let sources = vec![
            KeySource::Seed(7),
            KeySource::Photo { file: "a.jpg".into(), crop },
            KeySource::Code(vec![0.1, -2.5]),
        ];
        let timeline = Timeline::evenly(sources, WalkPath::Lerp, Easing::EaseInOut, true);
        let plan = WalkPlan::new(timeline, 25, 2.5);
        let text = serde_json::to_string(&plan).unwrap();
        assert_eq!(serde_json::from_str::<WalkPlan>(&text).unwrap(), plan, "{text}");
        assert!(text.contains(r#""loop":true"#) && text.contains(r#""source":{"seed":7}"#), "{text}");
        let little = r#"{"walk":1,"keys":[{"time":0,"source":{"seed":1}},
            {"time":1,"source":{"photo":{"file":"b.png"}}}],"frames":9,"seconds":1}"#;
        let little: WalkPlan = serde_json::from_str(little).unwrap();
        little.check().unwrap();
        assert_eq!((little.timeline.path, little.timeline.looped), (WalkPath::Slerp, false));
        let wrong = |change: &dyn Fn(&mut WalkPlan)| {
            let mut plan = plan.clone();
            change(&mut plan);
            plan.check().unwrap_err().to_string()
        };
        assert!(wrong(&|plan| plan.walk = 2).contains("version 2"));
        assert!(wrong(&|plan| plan.frames = 1).contains("a walk of 1 pictures"));
        assert!(wrong(&|plan| plan.seconds = f32::NAN).contains("seconds"));
        assert!(wrong(&|plan| plan.timeline.keys[0].time = 0.9).contains("rise"));
        assert!(wrong(&|plan| plan.timeline.keys[2].time = f32::NAN).contains("outside"));
        assert!(wrong(&|plan| plan.timeline.keys.clear()).contains("needs a key face"));
    }
}
