//! Choice of a device, as it is written on a command line.

use std::str::FromStr;

use clap::{Args, ValueEnum};
use serde::{Deserialize, Serialize};

/// A device by name. As text it is `auto`, `cpu`, `cuda`, `cuda:N` or `metal`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum DeviceChoice {
    /// The graphics card if this build can use one and it works, else the processor.
    #[default]
    Auto,
    /// The processor.
    Cpu,
    /// NVIDIA's card of this number, from 0.
    Cuda(usize),
    /// Apple's graphics processor.
    Metal,
}

impl DeviceChoice {
    /// Devices that this build can use, in the order in which they are shown.
    pub fn of_this_build() -> Vec<DeviceChoice> {
        let cards =
            [(cfg!(feature = "cuda"), DeviceChoice::Cuda(0)), (cfg!(feature = "metal"), DeviceChoice::Metal)];
        let cards = cards.into_iter().filter(|(built, _)| *built).map(|(_, choice)| choice);
        [DeviceChoice::Auto, DeviceChoice::Cpu].into_iter().chain(cards).collect()
    }

    /// Title in the window.
    pub fn label(self) -> String {
        match self {
            DeviceChoice::Auto => "Automatic".into(),
            DeviceChoice::Cpu => "CPU".into(),
            DeviceChoice::Cuda(0) => "CUDA".into(),
            DeviceChoice::Cuda(number) => format!("CUDA {number}"),
            DeviceChoice::Metal => "Metal".into(),
        }
    }
}

impl FromStr for DeviceChoice {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let unknown =
            || format!("there is no device '{text}'; there is auto, cpu, cuda, cuda:NUMBER and metal");
        match text.split_once(':') {
            None if text == "auto" => Ok(DeviceChoice::Auto),
            None if text == "cpu" => Ok(DeviceChoice::Cpu),
            None if text == "cuda" => Ok(DeviceChoice::Cuda(0)),
            None if text == "metal" => Ok(DeviceChoice::Metal),
            Some(("cuda", number)) => number.parse().map(DeviceChoice::Cuda).map_err(|_| unknown()),
            _ => Err(unknown()),
        }
    }
}

impl TryFrom<String> for DeviceChoice {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<DeviceChoice> for String {
    fn from(choice: DeviceChoice) -> String {
        choice.to_string()
    }
}

impl std::fmt::Display for DeviceChoice {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            DeviceChoice::Auto => f.write_str("auto"),
            DeviceChoice::Cpu => f.write_str("cpu"),
            DeviceChoice::Cuda(0) => f.write_str("cuda"),
            DeviceChoice::Cuda(number) => write!(f, "cuda:{number}"),
            DeviceChoice::Metal => f.write_str("metal"),
        }
    }
}

/// Precision of a graphics card's matrix products. Everything else is computed in f32.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Precision {
    /// 23 bits of mantissa
    #[default]
    F32,
    /// 10 bits of mantissa, on cards of NVIDIA
    Tf32,
    /// Half precision: 7 bits of mantissa
    Bf16,
}

impl Precision {
    /// All of them, the exact one first.
    pub const ALL: [Precision; 3] = [Precision::F32, Precision::Tf32, Precision::Bf16];

    /// Its usual name.
    pub fn label(self) -> &'static str {
        match self {
            Precision::F32 => "f32",
            Precision::Tf32 => "TF32",
            Precision::Bf16 => "bf16",
        }
    }

    /// Its effect on the numbers, in a sentence.
    pub fn help(self) -> &'static str {
        match self {
            Precision::F32 => "Matrices are multiplied with all 23 bits of mantissa",
            Precision::Tf32 => {
                "NVIDIA's cards round what they multiply to 10 bits of mantissa: faster, less exact"
            }
            Precision::Bf16 => {
                "Cards round what they multiply, and the products, to 7 bits of mantissa: fastest, least exact"
            }
        }
    }
}

/// Device, and how exactly it computes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Args)]
pub struct DeviceConfig {
    /// Device: auto (the graphics card if this build can use one and it works), cpu, cuda, cuda:N
    /// or metal
    #[arg(long, global = true, value_name = "DEVICE", default_value_t)]
    pub device: DeviceChoice,
    /// Precision that a graphics card rounds to before it multiplies: the less, the faster and the less exact
    #[arg(long, global = true, value_enum, value_name = "PRECISION", default_value_t)]
    #[serde(default)]
    pub precision: Precision,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_is_what_it_is_written_as() {
        for (text, expected) in [
            ("auto", DeviceChoice::Auto),
            ("cpu", DeviceChoice::Cpu),
            ("cuda", DeviceChoice::Cuda(0)),
            ("cuda:3", DeviceChoice::Cuda(3)),
            ("metal", DeviceChoice::Metal),
        ] {
            assert_eq!(text.parse(), Ok(expected));
            assert_eq!(serde_json::to_string(&expected).unwrap(), format!("\"{text}\""));
            assert_eq!(serde_json::from_str::<DeviceChoice>(&format!("\"{text}\"")).unwrap(), expected);
        }
        assert_eq!("cuda:0".parse(), Ok(DeviceChoice::Cuda(0)));
        for wrong in ["", "gpu", "cuda:", "cuda:-1", "cuda:x", "cpu:0", "metal:0", "CPU"] {
            assert!(
                wrong.parse::<DeviceChoice>().unwrap_err().contains("there is auto, cpu, cuda"),
                "{wrong}"
            );
        }
        assert!(DeviceChoice::of_this_build().starts_with(&[DeviceChoice::Auto, DeviceChoice::Cpu]));
    }
}
