//! Arrays of every format, as other programs write them, and as they come when something went wrong.

#[path = "../../../tests/common/arrays.rs"]
mod made;

use std::path::Path;

use made::{SIDE, cifar, colored, digit, digits, grey, gzipped, idx, npy, npz, planes};

use super::*;
use crate::data::decode::decode_image;
use crate::data::folder::{ListedImage, Listing};

const BYTES: &str = "'|u1'";

/// A folder with these files.
fn folder(files: &[(&str, Vec<u8>)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    files.iter().for_each(|(name, bytes)| std::fs::write(folder.path().join(name), bytes).unwrap());
    folder
}

fn opened(path: &Path) -> (Arrays, Listing) {
    Arrays::open(path).unwrap().unwrap()
}

/// Names and pixels of all pictures.
fn pictures(path: &Path) -> Vec<(String, Vec<u8>)> {
    let (arrays, listing) = opened(path);
    let read = |image: &ListedImage| {
        decode_image(&image.path, arrays.read(image).unwrap()).unwrap().pixels().to_vec()
    };
    listing.images.iter().map(|image| (image.name.clone(), read(image))).collect()
}

/// An array with a long header, of version 2, that says these sides.
fn wide_npy(shape: &str) -> Vec<u8> {
    let dict = format!("{{'descr': '|u1', 'fortran_order': False, 'shape': ({shape}), }}\n");
    [b"\x93NUMPY\x02\x00", &(dict.len() as u32).to_le_bytes()[..], dict.as_bytes(), &[0]].concat()
}

/// The sentence that a file is refused with.
fn refusal(name: &str, bytes: Vec<u8>) -> String {
    let folder = folder(&[(name, bytes)]);
    let path = folder.path().join(name);
    let message = Arrays::open(&path).err().unwrap_or_else(|| panic!("{name} opens")).to_string();
    let begin = format!("{}: ", path.display());
    assert!(message.starts_with(&begin) && message.lines().count() == 1, "{message}");
    message[begin.len()..].to_owned()
}

fn floats(values: &[u8], of: impl Fn(f32) -> f32) -> Vec<u8> {
    values.iter().flat_map(|value| of(f32::from(*value)).to_le_bytes()).collect()
}

#[test]
fn every_way_to_write_pictures_as_an_array_gives_the_same() {
    let grey_ones: Vec<Vec<u8>> = (0..3).map(|number| grey(&digit(number))).collect();
    let rgb: Vec<u8> = (0..3).flat_map(|number| colored(number, 12)).collect();
    let colors: Vec<Vec<u8>> = (0..3).map(|number| colored(number, 12)).collect();
    let planar: Vec<u8> = colors.iter().flat_map(|rgb| planes(rgb)).collect();
    let big: Vec<u8> = digits(3).iter().flat_map(|value| (f64::from(*value) / 255.0).to_be_bytes()).collect();
    let wide: Vec<u8> = digits(3).iter().flat_map(|value| (u16::from(*value) * 257).to_le_bytes()).collect();
    let whole: Vec<u8> = digits(3).iter().flat_map(|value| i64::from(*value).to_le_bytes()).collect();
    for (descr, shape, data, expected) in [
        (BYTES, "(3, 28, 28)", digits(3), &grey_ones),
        (BYTES, "(3, 28, 28, 1)", digits(3), &grey_ones),
        (BYTES, "(3, 1, 28, 28)", digits(3), &grey_ones),
        (BYTES, "(3, 12, 12, 3)", rgb.clone(), &colors),
        (BYTES, "(3, 3, 12, 12)", planar.clone(), &colors),
        ("'<f4'", "(3, 12, 12, 3)", floats(&rgb, |v| v / 255.0), &colors),
        ("'<f4'", "(3, 3, 12, 12)", floats(&planar, |v| v / 127.5 - 1.0), &colors),
        ("'<f4'", "(3, 12, 12, 3)", floats(&rgb, |v| v), &colors),
        ("'>f8'", "(3, 28, 28)", big, &grey_ones),
        ("'<u2'", "(3, 28, 28)", wide, &grey_ones),
        ("'<i8'", "(3, 28, 28)", whole, &grey_ones),
    ] {
        let folder = folder(&[("a.npy", npy(descr, "False", shape, &data))]);
        let found = pictures(&folder.path().join("a.npy"));
        let names: Vec<&str> = found.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["00000", "00001", "00002"]);
        for (at, (_, pixels)) in found.iter().enumerate() {
            assert!(*pixels == expected[at], "picture {at} of {descr} {shape}");
        }
    }
}

#[test]
fn notes_say_what_was_decided() {
    let rgb: Vec<u8> = (0..3).flat_map(|number| colored(number, 12)).collect();
    let folder = folder(&[
        ("grey.npy", npy(BYTES, "False", "(3, 28, 28)", &digits(3))),
        ("half.npy", npy("'<f4'", "False", "(3, 12, 12, 3)", &floats(&rgb, |v| v / 127.5 - 1.0))),
        ("rgb.npy", npy(BYTES, "False", "(3, 12, 12, 3)", &rgb)),
    ]);
    let notes = |name: &str| opened(&folder.path().join(name)).0.notes().join("; ");
    assert!(notes("grey.npy").contains("are grey") && notes("grey.npy").contains("28 × 28 pixels"));
    let half = notes("half.npy");
    assert!(half.contains("half.npy reach from -1 to 1, so -1 is taken for black and 1 for white"), "{half}");
    assert_eq!(notes("rgb.npy"), "");
}

#[test]
fn a_picture_whose_numbers_are_none_is_left_out_by_itself() {
    let mut values: Vec<f32> = digits(3).iter().map(|value| f32::from(*value) / 255.0).collect();
    values[5] = f32::NAN;
    let bytes: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
    let folder = folder(&[("a.npy", npy("'<f4'", "False", "(3, 28, 28)", &bytes))]);
    let (arrays, listing) = opened(&folder.path().join("a.npy"));
    let message = arrays.read(&listing.images[0]).unwrap_err().to_string();
    assert!(message.contains("a.npy/00000: ") && message.contains("not finite"), "{message}");
    assert!(arrays.read(&listing.images[1]).is_ok());
}

#[test]
fn arrays_of_an_npz_are_told_apart_and_have_their_labels() {
    let images = |count: usize| npy(BYTES, "False", &format!("({count}, 28, 28)"), &digits(count));
    let bytes = |values: &[u8], shape: &str| npy(BYTES, "False", shape, values);
    let folder = folder(&[]);
    for is_packed in [false, true] {
        let path = folder.path().join(format!("mnist{is_packed}.npz"));
        let arrays = [
            ("x_train", images(3)),
            ("y_train", bytes(&[7, 8, 9], "(3,)")),
            ("x_test", images(2)),
            ("y_test", npy("'<i8'", "False", "(2, 1)", &[5i64, 6].map(i64::to_le_bytes).concat())),
        ];
        npz(&path, is_packed, &arrays);
        let names: Vec<String> = pictures(&path).into_iter().map(|(name, _)| name).collect();
        assert_eq!(
            names,
            ["x_test-00000", "x_test-00001", "x_train-00000", "x_train-00001", "x_train-00002"]
        );
        assert!(pictures(&path)[4].1 == grey(&digit(2)));
        let table = labels::labels(&path).unwrap().unwrap();
        assert_eq!((table.columns.len(), table.columns[0].as_str()), (1, "label"));
        assert_eq!((&*table.rows["x_train-00001"][0], &*table.rows["x_test-00001"][0]), ("8", "6"));
        assert!(are_pictures(&path) && labels::are_there(&path));
    }
    let alone = folder.path().join("alone.npz");
    npz(&alone, false, &[("pictures", images(2)), ("who", bytes(&[1, 2], "(2,)")), ("weights", images(0))]);
    assert_eq!(pictures(&alone)[1].0, "00001");
    assert_eq!(labels::labels(&alone).unwrap().unwrap().rows["00001"], ["2"]);
}

#[test]
fn a_folder_of_mnist_is_read_packed_or_not_with_its_labels() {
    let images = |count: usize| idx(8, &[count, SIDE, SIDE], &digits(count));
    let label = |values: &[u8]| idx(8, &[values.len()], values);
    let folder = folder(&[
        ("t10k-images-idx3-ubyte.gz", gzipped(&images(2))),
        ("t10k-labels-idx1-ubyte.gz", gzipped(&label(&[4, 2]))),
        ("train-images.idx3-ubyte", images(3)),
        ("train-images.idx3-ubyte.gz", gzipped(&images(3))),
        ("train-labels.idx1-ubyte", label(&[1, 2, 3])),
        ("README", b"digits".to_vec()),
    ]);
    let found = pictures(folder.path());
    let names: Vec<&str> = found.iter().map(|(name, _)| name.as_str()).collect();
    let train = ["train-images-00000", "train-images-00001", "train-images-00002"];
    assert_eq!(names, [&["t10k-images-00000", "t10k-images-00001"][..], &train].concat());
    assert!(found[1].1 == grey(&digit(1)) && found[4].1 == grey(&digit(2)));
    let skipped = opened(folder.path()).1.skipped;
    assert!(skipped.len() == 1 && skipped[0].reason.contains("same name but for the ending"), "{skipped:?}");
    let rows = labels::labels(folder.path()).unwrap().unwrap().rows;
    assert_eq!((&*rows["t10k-images-00000"][0], &*rows["train-images-00002"][0]), ("4", "3"));

    // By itself it needs no name before the number.
    let path = folder.path().join("t10k-images-idx3-ubyte.gz");
    assert_eq!(pictures(&path)[1].0, "00001");
    assert_eq!(labels::labels(&path).unwrap().unwrap().rows["00001"], ["2"]);
    // Images beside them are what the folder is of.
    std::fs::write(folder.path().join("a.png"), b"").unwrap();
    assert!(Arrays::open(folder.path()).unwrap().is_none());
}

#[test]
fn labels_that_are_of_other_pictures_are_told_and_cost_nothing_else() {
    let images = idx(8, &[3, SIDE, SIDE], &digits(3));
    for labels in [idx(8, &[2], &[1, 2]), b"nothing".to_vec(), idx(8, &[3], &[1])] {
        let folder = folder(&[("a-images-idx3-ubyte", images.clone()), ("a-labels-idx1-ubyte", labels)]);
        let (_, listing) = opened(folder.path());
        assert_eq!((listing.images.len(), listing.skipped.len()), (3, 1));
        assert!(listing.skipped[0].path.ends_with("a-labels-idx1-ubyte"));
        assert!(labels::labels(folder.path()).unwrap().is_none());
    }
}

#[test]
fn batches_of_cifar_have_their_labels_by_name_where_names_are_there() {
    let ten = folder(&[
        ("data_batch_1.bin", cifar(0..3, false)),
        ("data_batch_2.bin", cifar(3..5, false)),
        ("test_batch.bin", cifar(5..6, false)),
        ("batches.meta.txt", b"airplane\nautomobile\nbird\ncat\n\n".to_vec()),
        ("readme.html", b"<html>".to_vec()),
    ]);
    let found = pictures(ten.path());
    let names: Vec<&str> = found.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(
        (names[2], names[3], names[5]),
        ("data_batch_1-00002", "data_batch_2-00000", "test_batch-00000")
    );
    assert!((0..6).all(|number| found[number].1 == colored(number, 32)));
    let rows = labels::labels(ten.path()).unwrap().unwrap().rows;
    assert_eq!((&*rows["data_batch_1-00002"][0], &*rows["test_batch-00000"][0]), ("bird", "5"));
    assert_eq!(pictures(&ten.path().join("test_batch.bin"))[0].0, "00000");

    let hundred =
        folder(&[("train.bin", cifar(0..3, true)), ("fine_label_names.txt", b"apple\nbear".to_vec())]);
    assert!(pictures(hundred.path())[2].1 == colored(2, 32));
    let table = labels::labels(hundred.path()).unwrap().unwrap();
    assert_eq!(table.columns, ["coarse_label", "label"]);
    assert_eq!(table.rows["train-00001"], ["1", "bear"]);
    // Other programs call other things so.
    let other = folder(&[("train.bin", vec![0; 5000])]);
    assert!(Arrays::open(other.path()).unwrap().is_none());
}

#[test]
fn what_is_broken_is_one_sentence() {
    let data = digits(3);
    let npy_of = |descr: &str, shape: &str, data: &[u8]| npy(descr, "False", shape, data);
    let huge = "(4294967296, 4294967296, 4294967296, 3)";
    let images = idx(8, &[3, SIDE, SIDE], &data);
    let packed = gzipped(&images);
    for (name, bytes, why) in [
        ("a.npy", Vec::new(), "cut off"),
        ("a.npy", b"Dear diary, ".to_vec(), "no array of NumPy"),
        ("a.npy", npy_of(BYTES, "(3, 28, 28)", &data[1..]), "cut off: it should hold 3 × 28 × 28 values"),
        ("a.npy", npy_of(BYTES, "(2, 28, 28)", &data), "there is more in it"),
        ("a.npy", npy_of(BYTES, huge, &data), "makes no sense"),
        ("a.npy", npy_of(BYTES, "(0, 28, 28)", &[]), "no picture in it"),
        ("a.npy", wide_npy(&"1,".repeat(70)), "makes no sense"),
        ("a.npy", npy(BYTES, "True", "(3, 28, 28)", &data), "Fortran's order"),
        ("a.npy", npy_of("'|O'", "(3, 28, 28)", &data), "Python's objects"),
        ("a.npy", npy_of("[('x', '<f4')]", "(3, 28, 28)", &data), "array of records"),
        ("a.npy", npy_of("'<c8'", "(3, 28, 28)", &data), "array of '<c8'"),
        ("a.npy", npy_of(BYTES, "(3, 784)", &data), ".reshape(-1, 28, 28)"),
        ("a.npy", npy_of(BYTES, "(3, 28, 14, 2)", &data), "3 × 28 × 14 × 2, and pictures are N × height"),
        (
            "a.npy",
            npy_of("'<f4'", "(3, 28, 28)", &floats(&data, |v| v / 70.0 - 1.5)),
            "reach from -1.500 to 2.143",
        ),
        ("a.npy", npy_of("'<f4'", "(3, 28, 28)", &floats(&data, |_| f32::NAN)), "no finite number"),
        ("a.npz", b"PK\x03\x04 and nothing".to_vec(), "damaged or cut off"),
        ("a-idx3-ubyte", images[..images.len() - 1].to_vec(), "is cut off or damaged"),
        ("a-idx3-ubyte", [&images[..], &[0]].concat(), "is cut off or damaged"),
        ("a-idx3-ubyte", idx(8, &[1 << 31, 1 << 31, 1 << 31], &data), "cannot hold"),
        ("a-idx3-ubyte", images[..9].to_vec(), "cut off in its header"),
        ("labels-idx1-ubyte", idx(8, &[3], &[1, 2, 3]), "labels and no pictures"),
        ("a.gz", packed[..packed.len() - 9].to_vec(), "damaged or cut off"),
        ("a.gz", gzipped(&idx(8, &[4000, SIDE, SIDE], &data)), "more than can be packed"),
        ("a.gz", gzipped(&idx(8, &[4, SIDE, SIDE], &data)), "less packed in it than it says"),
        ("a.gz", gzipped(&[&images[..], &[0]].concat()), "more packed in it than it says"),
        ("data_batch_1.bin", cifar(0..2, false)[1..].to_vec(), "no whole number of CIFAR's records"),
        ("test_batch.bin", Vec::new(), "no whole number of CIFAR's records"),
    ] {
        let message = refusal(name, bytes);
        assert!(message.contains(why), "{name}: {message}");
    }
    let mut flipped = packed;
    let middle = flipped.len() / 2;
    flipped[middle] ^= 0x55;
    assert!(refusal("a.gz", flipped).contains("damaged"));
    // Whatever else a file is, others say.
    for (name, bytes) in [("a.jpg", b"\xFF\xD8\xFF".to_vec()), ("a", Vec::new()), ("a.gz", gzipped(b"text"))]
    {
        let folder = folder(&[(name, bytes)]);
        assert!(Arrays::open(&folder.path().join(name)).unwrap().is_none());
    }
}

#[test]
fn a_broken_archive_of_arrays_is_one_sentence() {
    let folder = folder(&[]);
    let path = folder.path().join("a.npz");
    let refused = || {
        let message = Arrays::open(&path).err().unwrap().to_string();
        assert!(message.contains("a.npz: ") && message.lines().count() == 1, "{message}");
        message
    };
    let images = npy(BYTES, "False", "(3, 28, 28)", &digits(3));
    npz(&path, true, &[("x", images.clone())]);
    let whole = std::fs::read(&path).unwrap();
    std::fs::write(&path, &whole[..whole.len() / 2]).unwrap();
    assert!(refused().contains("damaged or cut off"));
    let mut flipped = whole.clone();
    flipped[whole.len() / 2] ^= 0x55;
    std::fs::write(&path, flipped).unwrap();
    assert!(refused().contains("damaged"));

    npz(&path, true, &[("x", images[..images.len() - 1].to_vec())]);
    assert!(refused().contains("'x' in it: this array of NumPy is cut off"));
    npz(&path, false, &[("features", npy("'<f4'", "False", "(3, 2)", &[0; 24]))]);
    assert!(refused().contains("'features' in it: this array is 3 × 2"));
    npz(
        &path,
        false,
        &[("mu", npy("'<f8'", "False", "(2,)", &[0; 16])), ("n", npy("'|u1'", "False", "()", &[1]))],
    );
    assert!(refused().contains("there is 'mu' (2), 'n' (1)"));
    npz(&path, false, &[]);
    assert!(refused().contains("there is no array in it"));
}

#[test]
fn features_stay_features_and_a_folder_says_what_in_it_holds_pictures() {
    let images = npy(BYTES, "False", "(3, 28, 28)", &digits(3));
    let features = npy("'<f4'", "False", "(3, 4)", &[0; 48]);
    let maps = npy("'<f4'", "False", "(3, 4, 1, 1)", &[0; 48]);
    let folder = folder(&[
        ("features.npy", features.clone()),
        ("maps.npy", maps),
        ("vector.npy", npy("'<f4'", "False", "(4,)", &[0; 16])),
        ("broken.npy", b"nothing".to_vec()),
        ("pictures.npy", images.clone()),
        ("notes.txt", b"text".to_vec()),
    ]);
    let are = |name: &str| are_pictures(&folder.path().join(name));
    for name in ["features.npy", "maps.npy", "vector.npy", "broken.npy", "notes.txt", "gone.npy"] {
        assert!(!are(name), "{name}");
    }
    assert!(are("pictures.npy"));
    assert_eq!(instead_of(folder.path()), Some(folder.path().join("pictures.npy")));
    let labels = npy(BYTES, "False", "(3,)", &[1, 2, 3]);
    for (name, arrays, expected) in [
        ("ours.npz", vec![("features", features.clone()), ("images", images.clone())], false),
        ("only.npz", vec![("a", features.clone()), ("images", images.clone())], false),
        ("statistics.npz", vec![("mu", features.clone()), ("sigma", features.clone())], false),
        ("images.npz", vec![("images", images), ("labels", labels)], true),
    ] {
        let path = folder.path().join(name);
        npz(&path, false, &arrays);
        assert_eq!(are_pictures(&path), expected, "{name}");
    }
}
