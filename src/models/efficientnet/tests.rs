//! Against the reference implementation, `tests/reference/efficientnet.py`.

use std::collections::HashMap;
use std::path::Path;

use candle_core::{Device, Tensor};

use super::*;
use crate::config::ExtractorSource;
use crate::features::Extractor;
use crate::nn::Parameters;

/// Numbers in [0, 1) that the name of a tensor decides.
fn uniform(name: &str, count: usize) -> impl Iterator<Item = f64> {
    let seed =
        name.bytes().fold(2_166_136_261u32, |seed, byte| (seed ^ u32::from(byte)).wrapping_mul(16_777_619));
    (0..count as u32).map(move |index| {
        let mut x = index.wrapping_mul(0x9E37_79B9).wrapping_add(seed);
        x = (x ^ (x >> 16)).wrapping_mul(0x7FEB_352D);
        x = (x ^ (x >> 15)).wrapping_mul(0x846C_A68B);
        f64::from(x ^ (x >> 16)) / 2f64.powi(32)
    })
}

/// The made-up weights of a variant.
struct MadeUp(HashMap<String, Tensor>);

impl MadeUp {
    fn of(variant: &Variant) -> Self {
        let mut made = MadeUp(HashMap::new());
        made.conv("_conv_stem", "_bn0", [STEM, 3, 3, 3]);
        let (mut block, mut ins) = (0, STEM);
        for (number, stage) in STAGES.iter().enumerate() {
            for _ in 0..variant.repeats(number, stage) {
                let (inner, outs) = (ins * stage.expansion, variant.channels(stage));
                let at = |name: &str| format!("_blocks.{block}.{name}");
                if stage.expansion > 1 {
                    made.conv(&at("_expand_conv"), &at("_bn0"), [inner, ins, 1, 1]);
                }
                made.conv(&at("_depthwise_conv"), &at("_bn1"), [inner, 1, stage.kernel, stage.kernel]);
                made.conv(&at("_project_conv"), &at("_bn2"), [outs, inner, 1, 1]);
                (block, ins) = (block + 1, outs);
            }
        }
        made.conv("_conv_head", "_bn1", [HEAD, ins, 1, 1]);
        made
    }

    fn conv(&mut self, name: &str, norm: &str, shape: [usize; 4]) {
        let bound = (6.0 / (shape[1] * shape[2] * shape[3]) as f64).sqrt();
        self.tensor(format!("{name}.weight"), &shape, |u| (2.0 * u - 1.0) * bound);
        self.tensor(format!("{norm}.weight"), &shape[..1], |u| u + 0.5);
        self.tensor(format!("{norm}.bias"), &shape[..1], |u| u - 0.3);
        self.tensor(format!("{norm}.running_mean"), &shape[..1], |u| (u - 0.5) * 0.2);
        self.tensor(format!("{norm}.running_var"), &shape[..1], |u| u + 0.5);
    }

    fn tensor(&mut self, name: String, shape: &[usize], value: impl Fn(f64) -> f64) {
        let values: Vec<f32> = uniform(&name, shape.iter().product()).map(|u| value(u) as f32).collect();
        self.0.insert(name, Tensor::from_vec(values, shape, &Device::Cpu).unwrap());
    }

    fn network(self) -> Result<EfficientNet> {
        EfficientNet::new(Parameters::frozen(self.0, &Device::Cpu).var_builder())
    }
}

fn picture(number: usize, side: usize) -> ImageBuf {
    let value = |y: usize, x: usize, c: usize| {
        ((x * x / 37 + y * (5 + number) + x * y / 64 + c * 40 + number * 31) % 256) as u8
    };
    let pixels = (0..side * side * 3).map(|at| value(at / (side * 3), at / 3 % side, at % 3)).collect();
    ImageBuf::new(side, side, pixels).unwrap()
}

fn reference() -> HashMap<String, Tensor> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference/efficientnet.safetensors");
    candle_core::safetensors::load(file, &Device::Cpu).unwrap()
}

/// Difference of features from those of the reference, as a share of the spread of these over features.
fn difference(found: &[f32], expected: &Tensor, row: usize) -> f32 {
    let expected = &expected.to_vec2::<f32>().unwrap()[row];
    assert_eq!(found.len(), expected.len());
    let mean = expected.iter().sum::<f32>() / HEAD as f32;
    let variance = expected.iter().map(|v| (v - mean).powi(2)).sum::<f32>() / HEAD as f32;
    let worst = found.iter().zip(expected).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    worst / variance.sqrt()
}

#[test]
#[cfg_attr(miri, ignore = "no unsafe code, and slow")]
fn features_are_those_of_the_reference() {
    let reference = reference();
    for (name, number) in [("lite0", 0), ("lite2", 2)] {
        let network = MadeUp::of(&VARIANTS[number]).network().unwrap();
        assert_eq!(network.side(), VARIANTS[number].side);
        let side = network.side();
        let found = network.features(&[picture(0, side), picture(1, side)]).unwrap();
        let expected = &reference[&format!("made_up.{name}")];
        for (row, found) in found.chunks_exact(HEAD).enumerate() {
            let off = difference(found, expected, row);
            assert!(off < 1e-3, "{name}, picture {row}: {off}");
            let other = difference(found, expected, 1 - row);
            assert!(other > 0.05, "{name}: the pictures could be taken for each other: {other}");
        }
        assert!(network.features(&[picture(0, 64)]).is_err());
    }
    // Out of a file, by the name of an extractor.
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("made-up.safetensors");
    candle_core::safetensors::save(&MadeUp::of(&VARIANTS[0]).0, &file).unwrap();
    let extractor = Extractor::open(&ExtractorSource::EfficientNet(file)).unwrap();
    assert!(extractor.name().starts_with("efficientnet:made-up@"));
    let found = extractor.features(&[picture(1, VARIANTS[0].side)]).unwrap();
    assert!(difference(&found, &reference["made_up.lite0"], 1) < 1e-3);
}

/// The trained weights are too large for this repository; where they are not beside it, this test says so.
#[test]
#[cfg_attr(miri, ignore = "no unsafe code, and slow")]
fn features_of_trained_weights_are_those_of_the_reference() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/efficientnet");
    let reference = reference();
    for (name, variant) in ["lite0", "lite1", "lite2"].into_iter().zip(&VARIANTS) {
        let file = folder.join(format!("efficientnet-{name}.safetensors"));
        if !file.is_file() {
            eprintln!("skipped: there are no weights in {}", file.display());
            continue;
        }
        let extractor = Extractor::open(&ExtractorSource::EfficientNet(file)).unwrap();
        assert!(extractor.name().starts_with(&format!("efficientnet:efficientnet-{name}@")));
        let pictures = [picture(0, variant.side), picture(1, variant.side)];
        let found = extractor.features(&pictures).unwrap();
        for (row, found) in found.chunks_exact(extractor.dim()).enumerate() {
            let off = difference(found, &reference[&format!("trained.{name}")], row);
            assert!(off < 1e-3, "{name}, picture {row}: {off}");
        }
    }
}

#[test]
fn weights_of_something_else_are_refused() {
    let refused = |made: MadeUp| made.network().err().unwrap().to_string();
    assert!(refused(MadeUp(HashMap::new())).contains("none of EfficientNet-Lite0"));
    let mut incomplete = MadeUp::of(&VARIANTS[0]);
    incomplete.0.remove("_blocks.3._bn1.running_var");
    assert!(refused(incomplete).contains("'_blocks.3._bn1.running_var' is missing"));
    let mut other = MadeUp::of(&VARIANTS[1]);
    other.tensor("_blocks.20._expand_conv.weight".into(), &[7, 7, 1, 1], |u| u);
    assert!(refused(other).contains("[7, 7, 1, 1]"));
    assert_eq!(VARIANTS.each_ref().map(Variant::blocks), [16, 21, 21]);
}
