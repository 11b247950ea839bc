//! Files that are damaged, cut off, or say of themselves what is not so.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use candle_core::{DType, Device, Tensor};
use morphospace::models::imported::recognise;
use morphospace::run::TrainedModel;

use super::{exports, folder};

/// The sentence about a file with this content.
fn refusal(folder: &Path, name: &str, bytes: &[u8]) -> String {
    let path = folder.join(name);
    std::fs::write(&path, bytes).unwrap();
    match TrainedModel::open(&path, &Device::Cpu) {
        Ok(_) => panic!("{name} was opened"),
        Err(error) => error.to_string(),
    }
}

#[test]
fn what_is_no_model_is_a_sentence_with_its_name() {
    let there = tempfile::tempdir().unwrap();
    for (name, bytes) in [
        ("empty.onnx", &b""[..]),
        ("text.onnx", b"This is no model. This is no model."),
        ("empty.pt", b""),
        ("text.pth", b"This is no model."),
        ("zip.pt", b"PK\x03\x04 and nothing more"),
    ] {
        let error = refusal(there.path(), name, bytes);
        assert!(error.contains(name) && error.len() < 400, "{error}");
    }
    let error = recognise(&[there.path().join("missing.onnx")]).unwrap_err().to_string();
    assert!(error.contains("missing.onnx"), "{error}");
}

#[test]
fn a_state_dict_that_is_not_known_is_listed_with_the_way_through_onnx() {
    let error = TrainedModel::open(&folder().join("unknown.pt"), &Device::Cpu).err().unwrap().to_string();
    for words in ["resnet.conv1.weight 4×3×7×7", "torch.onnx.export(decoder"] {
        assert!(error.contains(words), "{error}");
    }
}

#[test]
fn a_file_that_is_cut_off_or_changed_opens_or_is_refused() {
    let there = tempfile::tempdir().unwrap();
    let files: Vec<PathBuf> = vec![exports("upsample")[0].clone(), folder().join("pythae_mnist.pt")];
    for file in files {
        let bytes = std::fs::read(&file).unwrap();
        let name = file.file_name().unwrap().to_str().unwrap();
        let ending = file.extension().unwrap().to_str().unwrap();
        for part in 1..8 {
            refusal(there.path(), &format!("cut{part}.{ending}"), &bytes[..bytes.len() * part / 8]);
        }
        // A byte here and there; most are weights, and some of them are names, sides and layers.
        for at in (0..bytes.len()).step_by(bytes.len() / 60) {
            let mut changed = bytes.clone();
            changed[at] ^= 0x55;
            let path = there.path().join(name);
            std::fs::write(&path, &changed).unwrap();
            if let Err(error) = TrainedModel::open(&path, &Device::Cpu) {
                assert!(error.to_string().contains(name), "{at}: {error}");
            }
        }
    }
}

/// A field of a protobuf message that holds bytes.
fn field(number: u8, bytes: &[u8]) -> Vec<u8> {
    let mut out = vec![number << 3 | 2];
    let mut length = bytes.len();
    while length >= 128 {
        out.push(length as u8 | 128);
        length >>= 7;
    }
    out.push(length as u8);
    out.extend_from_slice(bytes);
    out
}

fn number(field: u8, mut value: u64) -> Vec<u8> {
    let mut out = vec![field << 3];
    while value >= 128 {
        out.push(value as u8 | 128);
        value >>= 7;
    }
    out.push(value as u8);
    out
}

/// A graph of one layer with one weight.
fn model(op: &str, weight: &[u8]) -> Vec<u8> {
    let node = [field(1, b"w"), field(2, b"y"), field(4, op.as_bytes())].concat();
    let dims = field(2, &[field(1, &number(1, 1)), field(1, &number(1, 4))].concat());
    let float = field(1, &[number(1, 1), dims].concat());
    let input = [field(1, b"z"), field(2, &float)].concat();
    let output = [field(1, b"y"), field(2, &float)].concat();
    let graph = [field(1, &node), field(5, weight), field(11, &input), field(12, &output)].concat();
    [number(1, 8), field(7, &graph), field(8, &[field(1, b""), number(2, 17)].concat())].concat()
}

#[test]
fn sizes_that_the_content_does_not_bear_out_take_no_memory() {
    let there = tempfile::tempdir().unwrap();
    // A tensor of 2^60 numbers of which none is there.
    let huge = [number(1, 1 << 60), number(2, 1), field(8, b"w")].concat();
    let error = refusal(there.path(), "huge.onnx", &model("Identity", &huge));
    assert!(error.contains("should have"), "{error}");
    let overflowing = [number(1, 1 << 62), number(1, 1 << 62), number(2, 1), field(8, b"w")].concat();
    let error = refusal(there.path(), "overflow.onnx", &model("Identity", &overflowing));
    assert!(error.contains("impossible"), "{error}");
    // A layer that makes 2^40 numbers of a shape.
    let sides = [1u64 << 20, 1 << 20].map(u64::to_le_bytes).concat();
    let shape = [number(1, 2), number(2, 7), field(8, b"w"), field(9, &sides)].concat();
    let error = refusal(there.path(), "bomb.onnx", &model("ConstantOfShape", &shape));
    assert!(error.contains("ConstantOfShape"), "{error}");
    // A weight in a file outside of the folder.
    let entry = [field(1, b"location"), field(2, b"../../etc/passwd")].concat();
    let outside = [number(1, 4), number(2, 1), field(8, b"w"), field(13, &entry), number(14, 1)].concat();
    let error = refusal(there.path(), "outside.onnx", &model("Identity", &outside));
    assert!(error.contains("outside"), "{error}");
    let entry = [field(1, b"location"), field(2, b"weights.bin")].concat();
    let missing = [number(1, 4), number(2, 1), field(8, b"w"), field(13, &entry), number(14, 1)].concat();
    let error = refusal(there.path(), "missing.onnx", &model("Identity", &missing));
    assert!(error.contains("weights.bin") && error.contains("missing"), "{error}");
    let error = refusal(
        there.path(),
        "unknown.onnx",
        &model("NoSuchLayer", &[number(1, 1), number(2, 1), field(8, b"w"), field(9, &[0; 4])].concat()),
    );
    assert!(error.contains("unknown.onnx"), "{error}");
}

#[test]
fn tensors_named_as_those_of_known_stacks_may_have_any_sides() {
    let there = tempfile::tempdir().unwrap();
    let many = |prefix: &str, step: usize| -> Vec<(String, Vec<usize>)> {
        (0..70).map(|at| (format!("{prefix}.{}.weight", at * step), vec![1, 1, 1, 1])).collect()
    };
    let named = |tensors: &[(&str, &[usize])]| -> Vec<(String, Vec<usize>)> {
        tensors.iter().map(|(name, sides)| (format!("{name}.weight"), sides.to_vec())).collect()
    };
    let heads = [("code", &[4, 4][..]), ("decoder_input", &[1, 4])];
    let cases = [
        named(&[("code", &[]), ("decoder_input", &[])]),
        named(&[("code", &[4, 1]), ("decoder_input", &[1, 4])]),
        named(&[("encoder.0", &[]), ("code", &[]), ("decoder_input", &[])]),
        named(&[("encoder.0", &[0, 3, 4, 4]), ("code", &[4, 0]), ("decoder_input", &[8, 4])]),
        [many("encoder", 2), named(&heads)].concat(),
        many("generator.main", 3),
        named(&[("generator.main.0", &[8])]),
        named(&[("main.0", &[8, 4, 4, 4]), ("main.4000000000", &[5, 3, 4, 4])]),
        named(&[("fc1", &[]), ("fc21", &[]), ("fc4", &[])]),
        named(&[("encoder.embedding", &[]), ("encoder.layers.0.0", &[])]),
        named(&[
            ("encoder.embedding", &[4, 4]),
            ("encoder.layers.0.0", &[4, 3, 4, 4]),
            ("decoder.layers.0", &[]),
        ]),
        named(&[("fc_mu", &[]), ("decoder_input", &[8, 4]), ("final_layer.0", &[])]),
        named(&[("fc_mu", &[]), ("decoder_input", &[8, 4]), ("final_layer.0", &[0, 1, 3, 3])]),
    ];
    for (number, tensors) in cases.into_iter().enumerate() {
        let zeros = |sides: Vec<usize>| Tensor::zeros(sides, DType::F32, &Device::Cpu).unwrap();
        let tensors: HashMap<String, Tensor> =
            tensors.into_iter().map(|(name, sides)| (name, zeros(sides))).collect();
        let whole = there.path().join("whole.safetensors");
        candle_core::safetensors::save(&tensors, &whole).unwrap();
        let name = format!("sides{number}.pt");
        let error = refusal(there.path(), &name, &std::fs::read(&whole).unwrap());
        assert!(error.contains(&name) && !error.contains("damaged"), "{error}");
    }
}
