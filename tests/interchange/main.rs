//! Models and codes for other programs. ONNX files are read back and computed here; where there is a Python with
//! onnxruntime and torch (`MORPHOSPACE_PYTHON`, or `python3`), it computes them too.
#![allow(clippy::unwrap_used)] // helpers of tests may panic as tests do

#[path = "../common/pictures.rs"]
mod pictures;
#[path = "../common/program.rs"]
mod program;
#[path = "../common/settings.rs"]
mod settings;
#[path = "../common/tiny.rs"]
mod tiny;

mod onnx_reader;
mod subjects;

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::Command;

use candle_core::{Device, Tensor};
use morphospace::config::ModelKind;
use morphospace::data::Dataset;
use morphospace::interchange::{write_onnx, write_pytorch};
use morphospace::models::blueprint::{Blueprint, Layer};
use morphospace::models::shipped;
use morphospace::run::TrainedModel;
use pictures::folder_of_pictures;
use program::{json, morphospace, text};
use subjects::{BATCH, Subject, largest_difference, nchw, subjects};
use tiny::tiny_run;

/// Off by more than this is another computation.
const TOLERANCE: f32 = 1e-5;

fn export(subject: &Subject, folder: &Path) {
    let (checkpoint, origin) = (&subject.checkpoint, Path::new(subject.name));
    let onnx = write_onnx(checkpoint, origin, &folder.join("model.onnx")).unwrap();
    let has_encoder = !subject.encoded().is_empty();
    let parts = if has_encoder { &["decoder", "encoder"][..] } else { &["decoder"] };
    let names = parts.iter().map(|part| folder.join(format!("model.{part}.onnx")));
    assert_eq!(onnx, names.collect::<Vec<_>>());
    let python = write_pytorch(checkpoint, origin, &folder.join("model.py")).unwrap();
    assert_eq!(python, [folder.join("model.py"), folder.join("model.pt")]);
}

#[test]
fn onnx_files_of_every_kind_compute_what_the_model_does() {
    for subject in subjects() {
        let folder = tempfile::tempdir().unwrap();
        export(&subject, folder.path());
        let name = subject.name;
        let config = &subject.checkpoint.meta.config.model;
        let (size, dim) = (config.image_size.to_string(), config.latent_dim.to_string());
        let decoder = onnx_reader::Model::read(&folder.path().join("model.decoder.onnx"));
        assert_eq!((decoder.ir_version, decoder.opset), (7, 13));
        assert!(decoder.doc.contains("NCHW") && decoder.doc.contains("[0, 1]"), "{}", decoder.doc);
        assert_eq!((&decoder.facts["latent_dim"], &decoder.facts["image_layout"][..]), (&dim, "NCHW"));
        let (code_sides, image_sides) = (["n", &dim], ["n", "3", &size, &size]);
        let is = |found: &(String, Vec<String>), name: &str, sides: &[&str]| {
            found.0 == name && found.1.iter().map(String::as_str).eq(sides.iter().copied())
        };
        assert!(is(&decoder.inputs[0], "z", &code_sides) && is(&decoder.outputs[0], "image", &image_sides));
        let image = decoder.run(&subject.codes()).remove("image").unwrap();
        let off = largest_difference(&image, &subject.decoded());
        assert!(off < TOLERANCE, "{name}: decoded pictures are off by {off:.1e}");
        assert_eq!(decoder.operators().contains(&"BatchNormalization"), has_norm(&subject), "{name}");

        let encoded = subject.encoded();
        if encoded.is_empty() {
            assert_eq!(config.kind, ModelKind::Dcgan);
            continue;
        }
        let encoder = onnx_reader::Model::read(&folder.path().join("model.encoder.onnx"));
        assert!(is(&encoder.inputs[0], "image", &image_sides));
        let outputs = encoder.run(&nchw(&subject.images()));
        assert_eq!(outputs.len(), encoded.len());
        for ((output, wanted), found) in encoded.iter().zip(&encoder.outputs) {
            assert!(is(found, output, &code_sides), "{found:?}");
            let off = largest_difference(&outputs[*output], wanted);
            assert!(off < TOLERANCE, "{name}: {output} is off by {off:.1e}");
        }
    }
}

fn has_norm(subject: &Subject) -> bool {
    subject
        .checkpoint
        .weights
        .keys()
        .any(|name| name.starts_with("decoder") && name.ends_with("running_mean"))
        || subject.checkpoint.meta.config.model.kind == ModelKind::Dcgan
}

#[test]
fn the_nodes_and_weights_are_those_of_the_layers() {
    let subject = subjects().into_iter().find(|subject| subject.name == "vae").unwrap();
    let folder = tempfile::tempdir().unwrap();
    export(&subject, folder.path());
    let decoder = onnx_reader::Model::read(&folder.path().join("model.decoder.onnx"));
    let up = ["ConvTranspose", "BatchNormalization", "Relu"];
    let ends = ["ConvTranspose", "Sigmoid"];
    assert_eq!(decoder.operators(), [&["Gemm", "Relu", "Reshape"][..], &up, &up, &ends].concat());
    let encoder = onnx_reader::Model::read(&folder.path().join("model.encoder.onnx"));
    let down = ["Conv", "BatchNormalization", "LeakyRelu"];
    assert_eq!(encoder.operators(), [&down[..], &down, &down, &["Flatten", "Gemm", "Gemm"]].concat());
    let found: HashMap<&String, &Tensor> = decoder.weights.iter().chain(&encoder.weights).collect();
    for (name, tensor) in &subject.checkpoint.weights {
        assert_eq!(largest_difference(found[name], tensor), 0.0, "{name}");
    }
    assert_eq!(found.len(), subject.checkpoint.weights.len() + 1, "and the shape of the map");
}

/// Modules by name, those of a sequence by their place in it.
fn modules(source: &str) -> HashMap<String, String> {
    let mut modules = HashMap::new();
    let mut sequence: Option<(String, usize)> = None;
    for line in source.lines() {
        match (line.strip_prefix("            nn."), &mut sequence) {
            (Some(module), Some((name, place))) => {
                modules.insert(format!("{name}.{place}"), module.to_owned());
                *place += 1;
            }
            _ => {
                let assigned = line.trim().strip_prefix("self.").and_then(|rest| rest.split_once(" = nn."));
                sequence = None;
                match assigned {
                    Some((name, "Sequential(")) => sequence = Some((name.to_owned(), 0)),
                    Some((name, module)) => drop(modules.insert(name.to_owned(), module.to_owned())),
                    None => (),
                }
            }
        }
    }
    modules
}

#[test]
fn a_module_has_each_layer_where_its_weights_say() {
    for subject in subjects() {
        let folder = tempfile::tempdir().unwrap();
        export(&subject, folder.path());
        let source = fs::read_to_string(folder.path().join("model.py")).unwrap();
        let modules = modules(&source);
        let mut archive = zip::ZipArchive::new(File::open(folder.path().join("model.pt")).unwrap()).unwrap();
        let mut member = |name: &str| {
            let mut bytes = Vec::new();
            archive.by_name(&format!("morphospace/{name}")).unwrap().read_to_end(&mut bytes).unwrap();
            bytes
        };
        let pickled = member("data.pkl");
        let mut key = 0;
        let blueprint = Blueprint::of(&subject.checkpoint.meta.config.model);
        for layer in blueprint.layers() {
            let Some(name) = layer.name() else { continue };
            let short = name.strip_prefix("generator.").unwrap_or(name);
            let class = match layer {
                Layer::Conv { transposed: true, .. } => "ConvTranspose2d(",
                Layer::Conv { .. } | Layer::Pointwise { .. } => "Conv2d(",
                Layer::Linear { .. } => "Linear(",
                _ => "BatchNorm2d(",
            };
            assert!(modules[short].starts_with(class), "{}: {short} is {}", subject.name, modules[short]);
            for tensor in layer.tensors() {
                let entry = format!("{short}.{}", tensor.part);
                assert!(pickled.windows(entry.len()).any(|bytes| bytes == entry.as_bytes()), "{entry}");
                let numbers =
                    subject.checkpoint.weights[&format!("{name}.{}", tensor.part)].flatten_all().unwrap();
                let bytes: Vec<u8> =
                    numbers.to_vec1::<f32>().unwrap().iter().flat_map(|value| value.to_le_bytes()).collect();
                assert!(member(&format!("data/{key}")) == bytes, "{}: {entry}", subject.name);
                key += 1;
            }
        }
        // The mean and the deviation of codes come last.
        assert_eq!(member(&format!("data/{}", key + 1)).len(), 4 * subject.codes().dim(1).unwrap());
    }
}

#[test]
fn python_computes_the_same() {
    let python = std::env::var("MORPHOSPACE_PYTHON").unwrap_or_else(|_| "python3".into());
    let modules = "import torch, onnx, onnxruntime, numpy";
    if !Command::new(&python).args(["-c", modules]).output().is_ok_and(|found| found.status.success()) {
        eprintln!(
            "skipped: {python} has no torch, onnx, onnxruntime and numpy; MORPHOSPACE_PYTHON can name one that has"
        );
        return;
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let all = tempfile::tempdir().unwrap();
    let mut folders: Vec<PathBuf> = Vec::new();
    for subject in subjects() {
        let folder = all.path().join(subject.name);
        fs::create_dir(&folder).unwrap();
        export(&subject, &folder);
        let save =
            |name: &str, tensor: &Tensor| tensor.write_npy(folder.join(format!("{name}.npy"))).unwrap();
        save("codes", &subject.codes());
        save("decoded", &subject.decoded());
        save("images", &nchw(&subject.images()));
        subject.encoded().iter().for_each(|(name, tensor)| save(name, tensor));
        folders.push(folder);
    }
    let script = root.join("tests/reference/onnx_export.py");
    let output = Command::new(&python).arg(script).arg("--compare").args(&folders).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    eprint!("{said}");
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    let module = Command::new(&python).arg(folders[0].join("model.py")).output().unwrap();
    let said = String::from_utf8_lossy(&module.stdout);
    assert!(said.contains("pictures (4, 3, 32, 32) codes (4, 8)"), "{said}{module:?}");
}

#[test]
fn codes_of_images_are_those_of_the_encoder() {
    let (data, folder) = (folder_of_pictures(9), tempfile::tempdir().unwrap());
    // A name that CSV has to quote.
    fs::rename(data.path().join("004.png"), data.path().join("0,\"4\".png")).unwrap();
    let (npy, csv) = (folder.path().join("codes.npy"), folder.path().join("codes.csv"));
    let run = |out: &Path, more: &[&str]| {
        json(
            &[&["export", text(tiny_run()), "--codes", text(data.path()), "--out", text(out)], more].concat(),
        )
    };
    let written = run(&npy, &[]);
    let names_file = folder.path().join("codes.names.txt");
    assert_eq!((written["n"].as_u64(), written["dim"].as_u64()), (Some(9), Some(8)));
    assert_eq!(written["files"], serde_json::json!([text(&npy), text(&names_file)]));
    assert_eq!(run(&csv, &[])["files"], serde_json::json!([text(&csv)]));

    let model = TrainedModel::open(tiny_run(), &Device::Cpu).unwrap();
    let opened = Dataset::load(data.path(), 32, &mut |_| std::ops::ControlFlow::Continue(())).unwrap();
    let images: Vec<_> = (0..9).map(|index| opened.image(index).unwrap()).collect();
    let wanted = model.encode(&images).unwrap().mu;
    let names: Vec<&str> = (0..9).map(|index| opened.name(index)).collect();
    assert_eq!(fs::read_to_string(&names_file).unwrap().lines().collect::<Vec<_>>(), names);
    assert_eq!(Tensor::read_npy(&npy).unwrap().to_vec2::<f32>().unwrap(), wanted);

    let table = fs::read_to_string(&csv).unwrap();
    let mut lines = table.lines();
    assert_eq!(lines.next(), Some("file,z0,z1,z2,z3,z4,z5,z6,z7"));
    for ((line, name), code) in lines.by_ref().zip(&names).zip(&wanted) {
        let quoted =
            if name.contains(',') { format!("\"{}\"", name.replace('"', "\"\"")) } else { name.to_string() };
        let numbers = line.strip_prefix(&quoted).unwrap().split(',').skip(1);
        assert_eq!(numbers.map(|number| number.parse().unwrap()).collect::<Vec<f32>>(), *code);
    }
    assert_eq!(table.lines().count(), 10);
    // All nine fall into the training part.
    assert_eq!(run(&folder.path().join("train.csv"), &["--split", "train"])["n"], 9);
    let line = ["export", text(tiny_run()), "--codes", text(data.path()), "--split", "test", "--out"];
    let output = morphospace(&[&line[..], &[text(&folder.path().join("test.csv"))]].concat());
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && said.contains("no image in the test part"), "{said}");
}

#[test]
fn the_ending_says_the_format_and_nothing_else_is_written_over() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let model = "vae-ffhq-64";
    let written = json(&["export", model, "--format", "onnx", "--out", text(&at("model.onnx"))]);
    let files = ["model.decoder.onnx", "model.encoder.onnx"].map(at);
    assert_eq!(written["files"], serde_json::json!([text(&files[0]), text(&files[1])]));
    assert!(!at("model.onnx").exists());
    let generator = json(&["export", "dcgan-ffhq-64", "--out", text(&at("gan.onnx"))]);
    assert_eq!(generator["files"], serde_json::json!([text(&at("gan.decoder.onnx"))]));
    let written = json(&["export", model, "--out", text(&at("model.py"))]);
    assert_eq!(written["files"], serde_json::json!([text(&at("model.py")), text(&at("model.pt"))]));
    let written =
        json(&["export", model, "--format", "safetensors", "--out", text(&at("model.safetensors"))]);
    assert_eq!(written["file"], text(&at("model.safetensors")));
    // What is of its kind is replaced, here by a model with a learned prior, which stays behind.
    json(&["export", shipped::names()[0], "--out", text(&at("model.py"))]);
    let source = fs::read_to_string(at("model.py")).unwrap();
    assert!(source.contains("The prior that was learned for its codes (flow) is not exported"), "{source}");

    for (ending, content) in [("py", "import mine\n"), ("pt", "PK\u{3}\u{4}mine"), ("decoder.onnx", "mine")] {
        let mine = at("mine").with_extension(ending);
        fs::write(&mine, content).unwrap();
        let out = if ending == "decoder.onnx" { at("mine.onnx") } else { at("mine.py") };
        let refused = morphospace(&["export", model, "--out", text(&out)]);
        assert_eq!(refused.status.code(), Some(1), "{ending}");
        assert!(String::from_utf8_lossy(&refused.stderr).contains(text(&mine)), "{refused:?}");
        assert_eq!(fs::read_to_string(&mine).unwrap(), content);
        fs::remove_file(&mine).unwrap();
    }
    let other = at("model.pth");
    let refused = morphospace(&["export", model, "--out", text(&other)]);
    assert!(String::from_utf8_lossy(&refused.stderr).contains(".safetensors, .onnx or .py"), "{refused:?}");
    let no_codes =
        morphospace(&["export", "dcgan-ffhq-64", "--codes", "builtin:faces", "--out", text(&at("a.npy"))]);
    assert!(String::from_utf8_lossy(&no_codes.stderr).contains("a DCGAN has no encoder"), "{no_codes:?}");
    for usage in [
        &["--format", "onnx", "--out", "model.py"][..],
        &["--split", "test", "--out", "model.py"],
        &["--align", "face", "--out", "model.py"],
        &["--codes", "builtin:faces", "--format", "onnx", "--out", "model.onnx"],
    ] {
        assert_eq!(morphospace(&[&["export", model], usage].concat()).status.code(), Some(2), "{usage:?}");
    }
}

#[test]
fn tensors_that_do_not_fit_are_named() {
    let mut subject = subjects().remove(0);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("model.onnx");
    let broken = Tensor::zeros((BATCH, 2), candle_core::DType::F32, &Device::Cpu).unwrap();
    subject.checkpoint.weights.insert("encoder.0.weight".into(), broken);
    let error = write_onnx(&subject.checkpoint, Path::new("broken"), &file).unwrap_err().to_string();
    assert!(error.contains("broken") && error.contains("encoder.0.weight is [3, 2] instead of"), "{error}");
    subject.checkpoint.weights.remove("decoder_input.bias");
    let error =
        write_pytorch(&subject.checkpoint, Path::new("broken"), &file.with_extension("py")).unwrap_err();
    assert!(error.to_string().contains("instead of"), "{error}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "nothing is written");
}
