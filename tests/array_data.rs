//! Data sets that are arrays: pixels, names, labels, the cache, and what becomes of them on the command line.
#![allow(clippy::unwrap_used)] // helpers of tests may panic as tests do

#[path = "common/arrays.rs"]
mod arrays;
#[path = "common/pictures.rs"]
mod pictures;
#[path = "common/program.rs"]
mod program;
#[path = "common/settings.rs"]
mod settings;
#[path = "common/tiny.rs"]
mod tiny;

use std::fs;
use std::ops::ControlFlow;
use std::path::Path;

use arrays::{SIDE, cifar, colored, digit, digits, grey, gzipped, idx, npy, npz};
use morphospace::ImageBuf;
use morphospace::config::Split;
use morphospace::data::{Dataset, split_of};
use morphospace::export::write_png;
use pictures::{folder_of_pictures, picture};
use program::{json, morphospace, text};
use tempfile::TempDir;
use tiny::tiny_run;

const BYTES: &str = "'|u1'";

fn load(cache: &Path, data: &Path, size: usize) -> Dataset {
    let load = Dataset::load_with(Some(cache), data, size, &mut |_| ControlFlow::Continue(()));
    load.unwrap_or_else(|error| panic!("{error}"))
}

/// Opens data twice, the second time out of the cache, and holds its pixels against what they should be.
fn check(data: &Path, size: usize, expected: &[(&str, Vec<u8>)]) {
    let cache = TempDir::new().unwrap();
    let first = load(cache.path(), data, size);
    let files = || fs::read_dir(cache.path()).unwrap().map(|file| file.unwrap().path()).collect::<Vec<_>>();
    let made = (files(), fs::metadata(&files()[0]).unwrap().len());
    let second = load(cache.path(), data, size);
    assert_eq!((files(), fs::metadata(&files()[0]).unwrap().len()), made);
    assert_eq!(first.fingerprint(), second.fingerprint());
    assert_eq!(first.notes(), second.notes());
    for set in [&first, &second] {
        assert!(set.is_cached() && set.skipped().is_empty(), "{:?}", set.skipped());
        let names: Vec<&str> = (0..set.len()).map(|index| set.name(index)).collect();
        assert_eq!(names, expected.iter().map(|(name, _)| *name).collect::<Vec<_>>());
        for (index, (name, pixels)) in expected.iter().enumerate() {
            assert!(*set.pixels(index).unwrap() == **pixels, "{name} of {}", data.display());
            let part = split_of(name);
            assert!(set.indices(part).contains(&index) && part != Split::All);
        }
    }
}

fn mnist(count: usize) -> Vec<u8> {
    idx(8, &[count, SIDE, SIDE], &digits(count))
}

/// Labels that are the digits themselves.
fn mnist_labels(count: usize) -> Vec<u8> {
    idx(8, &[count], &(0..count).map(|number| (number % 10) as u8).collect::<Vec<_>>())
}

#[test]
fn every_format_gives_its_pictures_and_gives_them_again_out_of_the_cache() {
    let folder = TempDir::new().unwrap();
    let place = |name: &str| folder.path().join(name);
    let names: Vec<String> = (0..12).map(|number| format!("{number:05}")).collect();
    let digits_named: Vec<(&str, Vec<u8>)> =
        names.iter().enumerate().map(|(number, name)| (name.as_str(), grey(&digit(number)))).collect();
    fs::write(place("a.npy"), npy(BYTES, "False", "(12, 28, 28)", &digits(12))).unwrap();
    fs::write(place("train-images-idx3-ubyte"), mnist(12)).unwrap();
    fs::write(place("packed.gz"), gzipped(&mnist(12))).unwrap();
    npz(&place("a.npz"), false, &[("images", npy(BYTES, "False", "(12, 28, 28)", &digits(12)))]);
    npz(&place("b.npz"), true, &[("images", npy(BYTES, "False", "(12, 1, 28, 28)", &digits(12)))]);
    let halves: Vec<u8> =
        digits(12).iter().flat_map(|v| (f32::from(*v) / 127.5 - 1.0).to_le_bytes()).collect();
    fs::write(place("f.npy"), npy("'<f4'", "False", "(12, 28, 28, 1)", &halves)).unwrap();
    let files = ["a.npy", "train-images-idx3-ubyte", "packed.gz", "a.npz", "b.npz", "f.npy"];
    let mut fingerprints = Vec::new();
    for file in files {
        check(&place(file), SIDE, &digits_named);
        let cache = TempDir::new().unwrap();
        let set = load(cache.path(), &place(file), SIDE);
        assert!(set.notes()[0].contains("These pictures are grey"), "{:?}", set.notes());
        fingerprints.push(set.fingerprint().to_owned());
    }
    assert!(fingerprints.iter().all(|fingerprint| *fingerprint == fingerprints[0]), "{fingerprints:?}");

    let batches = place("cifar-10-batches-bin");
    fs::create_dir(&batches).unwrap();
    fs::write(batches.join("data_batch_1.bin"), cifar(0..2, false)).unwrap();
    fs::write(batches.join("test_batch.bin"), cifar(2..3, false)).unwrap();
    let expected = ["data_batch_1-00000", "data_batch_1-00001", "test_batch-00000"];
    let expected: Vec<_> = (0..3).map(|number| (expected[number], colored(number, 32))).collect();
    check(&batches, 32, &expected);
}

/// Elsewhere the system keeps no record of changes, and a few spots of each picture have to do.
#[cfg(unix)]
#[test]
fn another_array_of_the_same_name_length_and_time_is_no_longer_the_one_in_the_cache() {
    let (folder, cache) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let path = folder.path().join("a.npy");
    let written = |first: usize| {
        let data: Vec<u8> = (first..first + 5).flat_map(digit).collect();
        fs::write(&path, npy(BYTES, "False", "(5, 28, 28)", &data)).unwrap();
    };
    written(0);
    let time = fs::metadata(&path).unwrap().modified().unwrap();
    let before = load(cache.path(), &path, SIDE).fingerprint().to_owned();
    written(3);
    fs::File::options().write(true).open(&path).unwrap().set_modified(time).unwrap();
    let after = load(cache.path(), &path, SIDE);
    assert!(*after.pixels(0).unwrap() == *grey(&digit(3)) && after.fingerprint() != before);
}

#[test]
fn a_picture_of_no_numbers_is_skipped_and_broken_files_are_one_sentence() {
    let folder = TempDir::new().unwrap();
    let mut values: Vec<f32> = digits(4).iter().map(|value| f32::from(*value) / 255.0).collect();
    values[SIDE * SIDE] = f32::INFINITY;
    let data: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
    let path = folder.path().join("a.npy");
    fs::write(&path, npy("'<f4'", "False", "(4, 28, 28)", &data)).unwrap();
    let cache = TempDir::new().unwrap();
    for _ in 0..2 {
        let set = load(cache.path(), &path, SIDE);
        assert_eq!((set.len(), set.skipped().len()), (3, 1));
        assert_eq!(set.skipped()[0].path, path.join("00001"));
        assert!(set.skipped()[0].reason.contains("not finite"), "{:?}", set.skipped());
    }
    for (name, bytes, why) in [
        ("short.npy", npy(BYTES, "False", "(4, 28, 28)", &digits(3)), "cut off"),
        ("rows.npy", npy("'<f4'", "False", "(4, 784)", &[0; 4 * 784 * 4]), "reshape"),
        ("turned.npy", npy(BYTES, "True", "(4, 28, 28)", &digits(4)), "Fortran"),
        ("objects.npy", npy("'|O'", "False", "(4, 28, 28)", &[0; 100]), "Python's objects"),
        ("broken.npz", b"PK\x03\x04".to_vec(), "damaged or cut off"),
        ("images-idx3-ubyte", mnist(4)[..3000].to_vec(), "cut off"),
        ("images-idx3-ubyte.gz", gzipped(&mnist(4))[..60].to_vec(), "cut off"),
        ("data_batch_1.bin", vec![0; 3000], "CIFAR"),
    ] {
        let path = folder.path().join(name);
        fs::write(&path, bytes).unwrap();
        let error = Dataset::load_with(None, &path, 32, &mut |_| ControlFlow::Continue(())).err().unwrap();
        let message = error.to_string();
        assert!(message.starts_with(text(&path)) && message.contains(why), "{message}");
    }
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("data_batch_1.bin"), vec![0; 3000]).unwrap();
    let inside = Dataset::load_with(None, folder.path(), 32, &mut |_| ControlFlow::Continue(()));
    let message = inside.err().unwrap().to_string();
    assert!(message.contains("data_batch_1.bin: its 3000 bytes are no whole number"), "{message}");
}

/// Rows of a CSV without quotes, by the heads of two columns.
fn columns(file: &Path, heads: [&str; 2]) -> Vec<[String; 2]> {
    let text = fs::read_to_string(file).unwrap();
    let mut lines = text.lines().map(|line| line.split(',').map(str::to_owned).collect::<Vec<_>>());
    let first = lines.next().unwrap();
    let at =
        heads.map(|head| first.iter().position(|cell| cell == head).unwrap_or_else(|| panic!("{first:?}")));
    lines.map(|row| at.map(|at| row[at].clone())).collect()
}

#[test]
fn labels_and_the_attributes_of_celeba_are_columns_of_a_map() {
    let (data, folder) = (folder_of_pictures(0), TempDir::new().unwrap());
    let map = folder.path().join("map.csv");
    let atlas = |data: &Path, heads: [&str; 2]| {
        let options = ["--method", "pca", "--data", text(data), "--out", text(&map)];
        json(&[&["atlas", text(tiny_run())], &options[..]].concat());
        columns(&map, heads)
    };
    let images = data.path().join("train-images-idx3-ubyte.gz");
    fs::write(&images, gzipped(&mnist(20))).unwrap();
    fs::write(data.path().join("train-labels-idx1-ubyte.gz"), gzipped(&mnist_labels(20))).unwrap();
    let rows = atlas(&images, ["name", "label"]);
    assert_eq!((rows.len(), &rows[13]), (20, &["00013".to_owned(), "3".to_owned()]));
    let rows = atlas(data.path(), ["name", "label"]);
    assert_eq!(rows[17], ["train-images-00017", "7"]);

    let celeba = folder.path().join("CelebA");
    let pictures = celeba.join("img_align_celeba");
    fs::create_dir_all(&pictures).unwrap();
    let mut table = "20\nSmiling Young\n".to_owned();
    for number in 1..=20 {
        write_png(&picture(40, 48, number), &pictures.join(format!("{number:06}.png"))).unwrap();
        table += &format!("{number:06}.png {:2} {:2}\n", [1, -1][number % 2], [-1, 1][number / 11]);
    }
    fs::write(celeba.join("list_attr_celeba.txt"), table).unwrap();
    for data in [&celeba, &pictures] {
        let rows = atlas(data, ["Smiling", "Young"]);
        assert_eq!((&rows[0], &rows[19]), (&["0".to_owned(), "0".into()], &["1".to_owned(), "1".into()]));
    }
}

#[test]
fn arrays_are_trained_on_counted_and_compared_with_files_of_the_same_names() {
    let (data, folder) = (folder_of_pictures(0), TempDir::new().unwrap());
    let images = data.path().join("train-images-idx3-ubyte.gz");
    fs::write(&images, gzipped(&mnist(60))).unwrap();
    let survey = json(&["info", text(&images)]);
    assert_eq!(survey["images"], 60);
    let run = folder.path().join("run");
    let options = ["train", "--model", "vae", "--data", text(&images), "--out", text(&run), "--steps", "2"];
    let small = ["--image-size", "32", "--latent-dim", "8", "--base-width", "4", "--batch-size", "8"];
    assert_eq!(json(&[&options[..], &small].concat())["steps"], 2);
    json(&["evaluate", text(&run), "--data", text(&images), "--split", "all"]);

    let (array, png) = (folder.path().join("a.npy"), folder.path().join("pngs"));
    fs::create_dir(&png).unwrap();
    fs::write(&array, npy(BYTES, "False", "(6, 28, 28)", &digits(6))).unwrap();
    for number in 0..6 {
        let image = ImageBuf::new(SIDE, SIDE, grey(&digit(number))).unwrap();
        write_png(&image, &png.join(format!("{number:05}.png"))).unwrap();
    }
    let compared = json(&["compare", text(&array), text(&png)]);
    assert_eq!((&compared["n"], &compared["re"]), (&6.into(), &0.0.into()), "{compared}");

    // A row of numbers an image is a file of features, as ever.
    let features = folder.path().join("features.npy");
    json(&["features", text(&array), "--out", text(&features)]);
    assert_eq!(json(&["compare", text(&features), text(&features)])["fid"].as_f64().unwrap().round(), 0.0);
    let refused = morphospace(&["info", text(&features)]);
    assert!(!refused.status.success());
    let refused =
        morphospace(&["train", "--data", text(&features), "--out", text(&folder.path().join("no"))]);
    let message = String::from_utf8(refused.stderr).unwrap();
    assert!(message.contains("features.npy: this array is 6 × "), "{message}");
}
