//! Licences of the program and of the parts that a binary carries.

/// Part of the program under a licence of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// Name of the part.
    pub name: &'static str,
    /// Licence and whose the part is, in a line.
    pub terms: &'static str,
    /// Text of the licence, in lines of at most 110 characters.
    pub text: &'static str,
}

/// All parts. The list of crates is written by `.ci/licences`.
pub const PARTS: [Part; 5] = [
    Part {
        name: "Morphospace",
        terms: "MIT or Apache License 2.0, as you like",
        text: concat!(
            include_str!("../../LICENSE-MIT"),
            "\n\n--- or ---\n\n",
            include_str!("../../LICENSE-APACHE")
        ),
    },
    Part {
        name: "Models",
        terms: "Trained on FFHQ (Karras et al., NVIDIA, CC BY-NC-SA 4.0): for non-commercial use",
        text: include_str!("../../assets/licences/models.txt"),
    },
    Part {
        name: "BlazeFace",
        terms: "Finds faces; MediaPipe, Apache License 2.0",
        text: include_str!("../../models/blazeface-short-range.LICENSE"),
    },
    Part {
        name: "Inter",
        terms: "The font; SIL Open Font License 1.1",
        text: include_str!("../../assets/fonts/Inter-OFL.txt"),
    },
    Part {
        name: "Crates",
        terms: "Libraries of Rust, each under a licence of its own",
        text: include_str!("../../assets/licences/crates.txt"),
    },
];

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_text_is_there_in_lines_that_fit() {
        for part in PARTS {
            assert!(part.text.len() > 300, "{}", part.name);
            let longest = part.text.lines().map(|line| line.chars().count()).max();
            assert!(longest <= Some(110), "{}: {longest:?}", part.name);
        }
    }

    /// `.ci/licences --check` looks at all of it, and needs cargo and every crate for that.
    #[test]
    fn crates_are_listed_in_the_versions_that_are_built() {
        let lock = include_str!("../../Cargo.lock");
        let mut lines = lock.lines();
        let mut locked = HashSet::new();
        while let Some(line) = lines.next() {
            if let Some(name) = line.strip_prefix("name = ") {
                let version = lines.next().and_then(|line| line.strip_prefix("version = ")).unwrap();
                locked.insert(format!("{} {}", name.trim_matches('"'), version.trim_matches('"')));
            }
        }
        let list = PARTS[4].text.split_once("\n\n").unwrap().1;
        let listed = list.lines().skip(2).take_while(|line| !line.is_empty());
        let listed: Vec<String> =
            listed.map(|line| line.split_whitespace().take(2).collect::<Vec<_>>().join(" ")).collect();
        assert!(listed.len() > 400, "{}", listed.len());
        for name in &listed {
            assert!(locked.contains(name), "{name} is not in Cargo.lock; .ci/licences writes the list anew");
        }
        for name in ["candle-core", "clap", "mimalloc"] {
            assert!(listed.iter().any(|listed| listed.starts_with(name)), "{name}");
        }
    }
}
