//! Walks past several key codes.

use super::interpolation::{lerp, slerp};
use crate::config::{Timeline, WalkPath};
use crate::error::{Error, Result};

/// The codes of a walk at `times` in [0, 1].
///
/// Between two key codes the walk goes along its path, at its pace ([`Easing`](crate::config::Easing)): at time `t`
/// between the keys at `t_i` and `t_i+1` it has gone the part `easing((t − t_i) / (t_i+1 − t_i))` of the way. At the
/// time of a key it is exactly there. Of two keys at the same time the walk comes to the first and goes on from the
/// second. Before the first key and after the last it rests; a loop takes there the way from the last key to the
/// first, so that its end is its beginning.
///
/// # Errors
/// As of [`Timeline::check`]; codes of different lengths, a time outside [0, 1].
pub fn codes(timeline: &Timeline<Vec<f32>>, times: &[f32]) -> Result<Vec<Vec<f32>>> {
    timeline.check()?;
    let lengths = || timeline.keys.iter().map(|key| key.source.len());
    let (least, most) = (lengths().min().unwrap_or(0), lengths().max().unwrap_or(0));
    if least != most {
        return Err(Error::Invalid(format!("there is no way between codes of {least} and {most} numbers")));
    }
    if let Some(outside) = times.iter().find(|t| !(0.0..=1.0).contains(*t)) {
        return Err(Error::Invalid(format!("{outside} is not a time of a walk; those go from 0 to 1")));
    }
    Ok(times.iter().map(|&time| code_at(timeline, time)).collect())
}

/// The code of a sound walk at a time.
fn code_at(timeline: &Timeline<Vec<f32>>, time: f32) -> Vec<f32> {
    let Timeline { keys, path, easing, looped } = timeline;
    let (Some(first), Some(last)) = (keys.first(), keys.last()) else { return Vec::new() };
    let after = keys.iter().position(|key| key.time > time);
    let (from, to, gone, whole) = match after {
        Some(next @ 1..) => {
            let (from, to) = (&keys[next - 1], &keys[next]);
            (from, to, time - from.time, to.time - from.time)
        }
        Some(_) | None if *looped => {
            let gone = if after.is_none() { time - last.time } else { 1.0 - last.time + time };
            (last, first, gone, 1.0 - last.time + first.time)
        }
        Some(_) => return first.source.clone(),
        None => return last.source.clone(),
    };
    // A loop of no time between its last key and its first.
    let part = if whole > 0.0 { gone / whole } else { 0.0 };
    let step = match path {
        WalkPath::Lerp => lerp,
        WalkPath::Slerp => slerp,
    };
    step(&from.source, &to.source, easing.at(part))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Easing, KeyFace, even_times};
    use crate::latent::sampling::sample;
    use crate::report::LatentInfo;

    fn keys(count: usize) -> Vec<Vec<f32>> {
        sample(&LatentInfo::unmeasured(24), count, 5)
    }

    /// Key codes at uneven times.
    fn uneven(path: WalkPath, easing: Easing, looped: bool) -> Timeline<Vec<f32>> {
        let times = [0.1, 0.3, 0.35, 0.875];
        let keys = times.into_iter().zip(keys(4)).map(|(time, source)| KeyFace { time, source });
        Timeline { keys: keys.collect(), path, easing, looped }
    }

    #[track_caller]
    fn assert_near(found: &[f32], expected: &[f32]) {
        let far = found.iter().zip(expected).any(|(a, b)| (a - b).abs() > 1e-4);
        assert!(!far && found.len() == expected.len(), "{found:?} is not {expected:?}");
    }

    fn each(check: impl Fn(WalkPath, Easing, bool)) {
        for path in [WalkPath::Lerp, WalkPath::Slerp] {
            for easing in Easing::ALL {
                [false, true].into_iter().for_each(|looped| check(path, easing, looped));
            }
        }
    }

    #[test]
    fn every_key_is_passed_to_the_bit() {
        each(|path, easing, looped| {
            let walk = uneven(path, easing, looped);
            let times: Vec<f32> = walk.keys.iter().map(|key| key.time).collect();
            let found = codes(&walk, &times).unwrap();
            assert!(
                found.iter().zip(&walk.keys).all(|(code, key)| *code == key.source),
                "{path:?} {easing:?}"
            );
            let walk = Timeline::evenly(keys(3), path, easing, looped);
            assert_eq!(codes(&walk, &even_times(3, looped)).unwrap(), keys(3), "{path:?} {easing:?}");
        });
    }

    #[test]
    fn a_loop_ends_where_it_begins_and_a_walk_rests_before_and_after_its_keys() {
        each(|path, easing, looped| {
            let walk = uneven(path, easing, looped);
            let [begin, end, early, late] = codes(&walk, &[0.0, 1.0, 0.05, 0.9]).unwrap().try_into().unwrap();
            if looped {
                assert_near(&begin, &end);
                assert!(begin != walk.keys[0].source && late != walk.keys[3].source);
            } else {
                assert_eq!([&begin, &early], [&walk.keys[0].source; 2]);
                assert_eq!([&end, &late], [&walk.keys[3].source; 2]);
            }
        });
        let walk = Timeline::evenly(keys(3), WalkPath::Slerp, Easing::EaseIn, true);
        assert_eq!(codes(&walk, &[0.0, 1.0]).unwrap(), [keys(1), keys(1)].concat());
    }

    #[test]
    fn a_walk_backwards_is_the_walk_reversed() {
        each(|path, easing, looped| {
            let walk = uneven(path, easing, looped);
            let mut back = walk.clone();
            back.keys.reverse();
            back.keys.iter_mut().for_each(|key| key.time = 1.0 - key.time);
            back.easing = easing.reversed();
            for time in even_times(41, false) {
                let there = codes(&walk, &[time]).unwrap();
                assert_near(&there[0], &codes(&back, &[1.0 - time]).unwrap()[0]);
            }
        });
    }

    #[test]
    fn two_keys_at_one_time_are_a_jump_and_one_key_is_no_way_at_all() {
        let mut walk = Timeline::evenly(keys(4), WalkPath::Lerp, Easing::Linear, false);
        (walk.keys[1].time, walk.keys[2].time) = (0.5, 0.5);
        let found = codes(&walk, &[0.5 - 1e-6, 0.5]).unwrap();
        assert_near(&found[0], &walk.keys[1].source);
        assert_eq!(found[1], walk.keys[2].source);
        for looped in [false, true] {
            let rest = Timeline::evenly(keys(1), WalkPath::Slerp, Easing::Linear, looped);
            for code in codes(&rest, &[0.0, 0.4, 1.0]).unwrap() {
                assert_near(&code, &keys(1)[0]);
            }
        }
        // Its ends stand at the same place of the circle of time.
        let mut closed = Timeline::evenly(keys(2), WalkPath::Lerp, Easing::Linear, true);
        closed.keys[1].time = 1.0;
        assert_eq!(codes(&closed, &[1.0]).unwrap()[0], keys(2)[1]);
    }

    #[test]
    fn nonsense_is_refused() {
        let two =
            |a: Vec<f32>, b: Vec<f32>| Timeline::evenly(vec![a, b], WalkPath::Lerp, Easing::Linear, false);
        let lengths = codes(&two(vec![1.0], vec![1.0, 2.0]), &[0.5]).unwrap_err().to_string();
        assert!(lengths.contains("1 and 2"), "{lengths}");
        for outside in [-0.01, 1.01, f32::NAN, f32::INFINITY] {
            assert!(codes(&two(vec![1.0], vec![2.0]), &[0.5, outside]).is_err(), "{outside}");
        }
        assert!(codes(&Timeline::default(), &[0.5]).is_err());
    }
}
