//! Augmentation of training pictures.

use serde::{Deserialize, Serialize};

/// Augmentation of a training picture, different each time that it comes. As text it is `none` or a list
/// like `shift:3,color:0.1,mix:0.5`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Augmentation {
    /// Moved by up to so many pixels up, down, left and right; what comes in repeats the edge.
    pub shift: usize,
    /// Brightness, and each channel by itself half as much, are multiplied by exp of a normal draw with
    /// this standard deviation.
    pub color: f64,
    /// Part of the pictures that a soft edge blends with another picture of the batch.
    pub mix: f64,
}

impl Augmentation {
    /// Farthest shift in pixels.
    const MOST_SHIFT: usize = 32;

    /// Pictures as they are.
    pub const NONE: Augmentation = Augmentation { shift: 0, color: 0.0, mix: 0.0 };

    /// Says in one sentence what is wrong with the numbers, if anything is.
    pub fn validate(self) -> Result<(), String> {
        if self.shift > Self::MOST_SHIFT {
            let (shift, most) = (self.shift, Self::MOST_SHIFT);
            return Err(format!("a shift of {shift} pixels is not possible; choose 0 to {most}"));
        }
        for (name, value) in [("color", self.color), ("mix", self.mix)] {
            if !(0.0..=1.0).contains(&value) {
                return Err(format!("{name}:{value} is not possible; choose 0 to 1"));
            }
        }
        Ok(())
    }
}

impl std::str::FromStr for Augmentation {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || {
            format!(
                "'{text}' is no augmentation; use none, or a list of shift:PIXELS, color:SIGMA and mix:PART"
            )
        };
        let mut augmentation = Self::NONE;
        if text == "none" {
            return Ok(augmentation);
        }
        for part in text.split(',') {
            let (name, value) = part.split_once(':').ok_or_else(wrong)?;
            match name {
                "shift" => augmentation.shift = value.parse().map_err(|_| wrong())?,
                "color" => augmentation.color = value.parse().map_err(|_| wrong())?,
                "mix" => augmentation.mix = value.parse().map_err(|_| wrong())?,
                _ => return Err(wrong()),
            }
        }
        augmentation.validate()?;
        Ok(augmentation)
    }
}

impl std::fmt::Display for Augmentation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let named = [("shift", self.shift as f64), ("color", self.color), ("mix", self.mix)];
        let parts: Vec<String> =
            named.iter().filter(|(_, v)| *v != 0.0).map(|(name, v)| format!("{name}:{v}")).collect();
        if parts.is_empty() { write!(f, "none") } else { write!(f, "{}", parts.join(",")) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn augmentation_reads_what_it_writes_and_refuses_the_rest_in_a_sentence() {
        for text in ["none", "shift:3", "shift:3,color:0.1,mix:0.5", "mix:1"] {
            assert_eq!(text.parse::<Augmentation>().unwrap().to_string(), text);
        }
        for text in
            ["", "shift", "shift:-1", "shift:99", "color:nan", "mix:1.5", "mix:0.1,", "blur:1", "none,mix:1"]
        {
            let message = text.parse::<Augmentation>().unwrap_err();
            assert!(message.contains(' '), "{text}: {message}");
        }
    }
}
