//! The split of the data that an image belongs to.

use xxhash_rust::xxh3::xxh3_64;

use crate::config::Split;

/// The part for the image of this [identity](crate::data::identity): 90 % [`Split::Train`],
/// 5 % [`Split::Validation`], 5 % [`Split::Test`]; never [`Split::All`].
///
/// It is the XXH3 (64 bit, seed 0) of the identity modulo 20: 18 is validation, 19 is test, the rest train.
/// So an image stays in its part when others come or go, wherever the folder lies, on every machine, for
/// every model. The shares hold on average; in a folder of a few dozen images a part may be empty.
pub fn split_of(identity: &str) -> Split {
    match xxh3_64(identity.as_bytes()) % 20 {
        18 => Split::Validation,
        19 => Split::Test,
        _ => Split::Train,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::identity::identities;

    /// The models that come with the program were trained when a path was split as it stood: what is a test
    /// image today must have been one then.
    #[test]
    fn photos_of_ffhq_are_split_as_they_were_by_their_paths() {
        let names: Vec<String> = (0..70_000).map(|i| format!("{i:05}.jpg")).collect();
        let folders = ["", "ffhq/", "data/ffhq/"];
        for folder in folders {
            let paths: Vec<String> = names.iter().map(|name| format!("{folder}{name}")).collect();
            let identities = identities(paths.iter().map(String::as_str));
            assert!(identities.iter().zip(&names).all(|(now, then)| split_of(now) == split_of(then)));
        }
        // As NVIDIA packs them.
        let packed: Vec<String> =
            names.iter().enumerate().map(|(i, name)| format!("{:05}/{name}", i / 1000 * 1000)).collect();
        assert_eq!(identities(packed.iter().map(String::as_str)), names);
    }

    /// From `tests/reference/data.py` (Python's xxhash 4.1.0).
    #[test]
    fn the_parts_are_those_of_the_reference() {
        assert_eq!(split_of("00000.jpg"), Split::Train);
        assert_eq!(split_of("00001.jpg"), Split::Validation);
        assert_eq!(split_of("00011.jpg"), Split::Test);
        assert_eq!(split_of(""), Split::Validation);
        let parts: Vec<Split> = (0..4000).map(|i| split_of(&format!("{i:05}.jpg"))).collect();
        let count = |part| parts.iter().filter(|&&p| p == part).count();
        assert_eq!(
            [Split::Train, Split::Validation, Split::Test, Split::All].map(count),
            [3603, 195, 202, 0]
        );
    }
}
