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
    graph(&[1, 4], &[layer(op, &["w"], "y", &[])], &[weight.to_vec()])
}

/// A layer: its kind, what it reads, what it gives, and its attributes.
fn layer(op: &str, reads: &[&str], gives: &str, attributes: &[Vec<u8>]) -> Vec<u8> {
    let mut node: Vec<u8> = reads.iter().flat_map(|name| field(1, name.as_bytes())).collect();
    node.extend([field(2, gives.as_bytes()), field(4, op.as_bytes())].concat());
    node.extend(attributes.iter().flat_map(|attribute| field(5, attribute)));
    node
}

/// An attribute of whole numbers.
fn integers(name: &str, values: &[u64]) -> Vec<u8> {
    let values = values.iter().flat_map(|value| number(8, *value));
    [field(1, name.as_bytes()), values.collect(), vec![0xA0, 1, 7]].concat()
}

/// A weight of whole numbers.
fn whole(name: &str, values: &[i64]) -> Vec<u8> {
    let bytes: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
    [number(1, values.len() as u64), number(2, 7), field(8, name.as_bytes()), field(9, &bytes)].concat()
}

/// A weight of one whole number that stands by itself.
fn scalar(name: &str, value: i64) -> Vec<u8> {
    [number(2, 7), field(8, name.as_bytes()), field(9, &value.to_le_bytes())].concat()
}

/// A graph from an array `z` to an array `y`.
fn graph(sides: &[u64], layers: &[Vec<u8>], weights: &[Vec<u8>]) -> Vec<u8> {
    let dims: Vec<u8> = sides.iter().flat_map(|side| field(1, &number(1, *side))).collect();
    let float = field(1, &[number(1, 1), field(2, &dims)].concat());
    let input = [field(1, b"z"), field(2, &float)].concat();
    let output = [field(1, b"y"), field(2, &float)].concat();
    let mut graph: Vec<u8> = layers.iter().flat_map(|layer| field(1, layer)).collect();
    graph.extend(weights.iter().flat_map(|weight| field(5, weight)));
    graph.extend([field(11, &input), field(12, &output)].concat());
    [number(1, 8), field(7, &graph), field(8, &[field(1, b""), number(2, 17)].concat())].concat()
}

/// Layers of one kind, each of which reads what the one before gives: from `first` to `y`.
fn chain(op: &str, first: &str, more: &[&str], count: usize) -> Vec<Vec<u8>> {
    let name = |at: usize| match at {
        0 => first.to_owned(),
        at if at == count => "y".to_owned(),
        at => format!("a{at}"),
    };
    let one = |at: usize| {
        let before = name(at);
        // What doubles reads it twice.
        let more = if more.is_empty() { vec![before.as_str()] } else { more.to_vec() };
        let attributes = if op == "Concat" { vec![axis_1()] } else { Vec::new() };
        layer(op, &[&[before.as_str()], &more[..]].concat(), &name(at + 1), &attributes)
    };
    (0..count).map(one).collect()
}

fn axis_1() -> Vec<u8> {
    [field(1, b"axis"), number(3, 1), vec![0xA0, 1, 2]].concat()
}

#[test]
fn layers_that_multiply_what_the_one_before_gives_are_refused_before_anything_is_made() {
    let there = tempfile::tempdir().unwrap();
    let float = [number(1, 1), number(1, 4), number(2, 1), field(8, b"w"), field(9, &[0; 16])].concat();
    let many = whole("r", &[1, 1024]);
    let cases = [
        ("tiles of codes", chain("Tile", "z", &["r"], 4), vec![many.clone()]),
        ("tiles of weights", chain("Tile", "w", &["r"], 4), vec![float, many]),
        ("doubled", chain("Concat", "z", &[], 40), vec![]),
        (
            "outer products",
            vec![
                layer("Transpose", &["z"], "t", &[]),
                layer("Tile", &["z", "r"], "row", &[]),
                layer("Tile", &["t", "c"], "column", &[]),
                layer("MatMul", &["column", "row"], "y", &[]),
            ],
            vec![whole("r", &[1, 1 << 16]), whole("c", &[1 << 16, 1])],
        ),
    ];
    for (name, layers, weights) in cases {
        let file = format!("{name}.onnx");
        let error = refusal(there.path(), &file, &graph(&[1, 4], &layers, &weights));
        assert!(error.contains(&file) && error.contains("more numbers than fit"), "{error}");
    }
}

#[test]
fn sizes_that_are_seen_only_when_a_model_is_run_are_refused() {
    let there = tempfile::tempdir().unwrap();
    let to_whole = [field(1, b"to"), number(3, 7), vec![0xA0, 1, 2]].concat();
    let layers = [
        layer("Squeeze", &["z", "first"], "s", &[]),
        layer("Cast", &["s"], "shape", &[to_whole]),
        layer("ConstantOfShape", &["shape"], "y", &[]),
    ];
    let error = refusal(there.path(), "data.onnx", &graph(&[1, 4], &layers, &[whole("first", &[0])]));
    assert!(error.contains("data.onnx"), "{error}");
    // By what it says of itself, a range downwards has no numbers.
    let range = layer("Range", &["from", "to", "by"], "y", &[]);
    let ends = [scalar("from", 1 << 30), scalar("to", 0), scalar("by", -1)];
    let error = refusal(there.path(), "range.onnx", &graph(&[1, 4], &[range], &ends));
    assert!(error.contains("range.onnx"), "{error}");
}

#[test]
fn numbers_of_layers_and_inputs_beyond_all_pictures_are_refused() {
    let there = tempfile::tempdir().unwrap();
    let pool =
        |attributes: &[Vec<u8>]| graph(&[1, 3, 8, 8], &[layer("MaxPool", &["z"], "y", attributes)], &[]);
    for (name, file) in [
        ("kernel", pool(&[integers("kernel_shape", &[1 << 15, 1 << 15])])),
        ("stride", pool(&[integers("kernel_shape", &[2, 2]), integers("strides", &[u64::MAX / 2, 1])])),
        ("padding", pool(&[integers("kernel_shape", &[2, 2]), integers("pads", &[1 << 40; 4])])),
        ("picture", graph(&[1, 3, 1 << 20, 1 << 20], &chain("Relu", "z", &[], 1), &[])),
        ("batch", graph(&[1 << 40, 4], &chain("Relu", "z", &[], 1), &[])),
        ("overflowing", graph(&[1 << 62, 1 << 62, 3], &chain("Relu", "z", &[], 1), &[])),
    ] {
        let file_name = format!("{name}.onnx");
        let error = refusal(there.path(), &file_name, &file);
        assert!(error.contains("beyond all pictures") || error.contains("fit into a memory"), "{error}");
    }
}

#[test]
fn layers_that_lead_in_a_circle_are_refused() {
    let there = tempfile::tempdir().unwrap();
    let circle = [layer("Identity", &["y"], "y", &[])];
    let error = refusal(there.path(), "circle.onnx", &graph(&[1, 4], &circle, &[]));
    assert!(error.contains("circle.onnx"), "{error}");
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

#[test]
fn a_few_weights_of_a_known_stack_cannot_ask_for_terabytes() {
    let there = tempfile::tempdir().unwrap();
    // Transposed convolutions that double the side up to 1024, the last but one with very many channels.
    let channels = |at: usize| if at == 8 { 1 << 14 } else { 1 };
    let tensors: HashMap<String, Tensor> = (0..9)
        .map(|at| {
            let to = if at == 8 { 3 } else { channels(at + 1) };
            let zeros = Tensor::zeros((channels(at), to, 4, 4), DType::F32, &Device::Cpu).unwrap();
            (format!("main.{}.weight", 3 * at), zeros)
        })
        .collect();
    let whole = there.path().join("whole.safetensors");
    candle_core::safetensors::save(&tensors, &whole).unwrap();
    let path = there.path().join("wide.pt");
    std::fs::rename(&whole, &path).unwrap();
    let error = TrainedModel::open(&path, &Device::Cpu).err().unwrap().to_string();
    assert!(error.contains("more than fits into a memory"), "{error}");
}

#[test]
fn a_name_that_is_in_a_pickle_once_names_no_million_dicts() {
    let there = tempfile::tempdir().unwrap();
    // {long: {}, long: {}, …}, where the long name is remembered.
    let name = vec![b'a'; 1 << 20];
    let text = [&b"X"[..], &(name.len() as u32).to_le_bytes(), &name, b"q\x00"].concat();
    let dicts = b"h\x00}".repeat(500_000);
    let pickle = [&b"\x80\x02}("[..], &text, b"}", &dicts, b"u."].concat();
    let old = b"\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19.\x80\x02M\xe9\x03.\x80\x02}.";
    let error = refusal(there.path(), "names.pt", &[&old[..], &pickle].concat());
    assert!(error.contains("names.pt"), "{error}");
}
