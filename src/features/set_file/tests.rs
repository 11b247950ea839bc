use std::io::{Cursor, Write};
use std::ops::ControlFlow;

use xxhash_rust::xxh3::xxh3_64;

use super::*;
use crate::features::npy::{doubles, saved};
use crate::report::Progress;

fn go_on(_: Progress) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

fn named(n: usize) -> FeatureSet {
    let values = (0..n * 3).map(|v| v as f32 / 7.0).collect();
    let names = (0..n).map(|index| format!("ä/{index}.png")).collect();
    FeatureSet::of_file(Features::from_f32(values, 3).unwrap(), names, Some("inception:x@12".into()))
}

/// An `.npz` of arrays that `numpy.save` wrote, packed or not.
fn npz(arrays: &[(&str, Vec<u8>)], method: CompressionMethod) -> Vec<u8> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in arrays {
        let options = SimpleFileOptions::default().compression_method(method).large_file(true);
        archive.start_file(format!("{name}.npy"), options).unwrap();
        archive.write_all(bytes).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

fn array(shape: &str, values: &[f64]) -> Vec<u8> {
    saved("'<f8'", "False", shape, &doubles(values))
}

/// Content of a file of these bytes, by its name or by its name and those of arrays in it.
fn content(name: &str, bytes: &[u8]) -> Result<Content> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(split(&path).0, bytes).unwrap();
    SetFile::open(&path)?.read(&mut go_on)
}

fn features_of(name: &str, bytes: &[u8]) -> Result<FeatureSet> {
    match content(name, bytes)? {
        Content::Features(set) => Ok(set),
        Content::Statistics(_) => panic!("these are statistics"),
    }
}

fn statistics_of(name: &str, bytes: &[u8]) -> Result<Statistics> {
    match content(name, bytes)? {
        Content::Statistics(statistics) => Ok(statistics),
        Content::Features(_) => panic!("these are features"),
    }
}

fn refused(name: &str, bytes: &[u8]) -> String {
    match content(name, bytes) {
        Err(error) => error.to_string(),
        Ok(_) => panic!("{name} is no set"),
    }
}

#[test]
fn features_come_back_from_their_files() {
    let folder = tempfile::tempdir().unwrap();
    let set = named(4);
    for (file, names, extractor) in [("a.npy", 0, None), ("a.npz", 4, set.extractor.clone())] {
        let path = folder.path().join(file);
        assert!(is_feature_file(&path));
        set.write(&path).unwrap();
        let opened = SetFile::open(&path).unwrap();
        assert_eq!((opened.dim, opened.images, &opened.extractor), (3, Some(4), &extractor));
        let Content::Features(back) = opened.read(&mut go_on).unwrap() else { panic!("no features") };
        assert_eq!((back.features, back.extractor), (set.features.clone(), extractor));
        assert_eq!(back.names, set.names[..names]);
        let stopped = SetFile::open(&path).unwrap().read(&mut |_| ControlFlow::Break(()));
        assert!(matches!(stopped, Err(Error::Cancelled)));
    }
    assert!(!is_feature_file(folder.path()));
    assert!(set.write(&folder.path().join("a.csv")).unwrap_err().to_string().contains(".npz"));
}

#[test]
fn statistics_are_read_as_such_under_the_names_that_others_give_them() {
    let mu = array("(2,)", &[1.0, 2.0]);
    let sigma = array("(2, 2)", &[4.0, 1.0, 1.0, 3.0]);
    for method in [CompressionMethod::Stored, CompressionMethod::Deflated] {
        let file = npz(&[("mu", mu.clone()), ("sigma", sigma.clone())], method);
        let Statistics { mean, covariance } = statistics_of("stats.npz", &file).unwrap();
        assert_eq!((mean, covariance), (vec![1.0, 2.0], vec![4.0, 1.0, 1.0, 3.0]));
    }
    // As ADM's reference batches, which hold pictures and other statistics beside them.
    let pictures = saved("'|u1'", "False", "(1, 1, 1, 3)", &[1, 2, 3]);
    let more = [("arr_0", pictures), ("mu_s", mu.clone()), ("sigma", sigma.clone()), ("mu", mu.clone())];
    assert_eq!(statistics_of("batch.npz", &npz(&more, CompressionMethod::Stored)).unwrap().mean, [1.0, 2.0]);
    // Half of it, and what does not fit together.
    let stored = |arrays: &[(&str, Vec<u8>)]| npz(arrays, CompressionMethod::Stored);
    assert!(refused("a.npz", &stored(&[("sigma", sigma.clone())])).contains("no mu"));
    assert!(refused("a.npz", &stored(&[("mu", mu.clone())])).contains("no sigma"));
    let three = array("(3,)", &[1.0, 2.0, 3.0]);
    let message = refused("a.npz", &stored(&[("mu", three), ("sigma", sigma.clone())]));
    assert!(message.contains("the mean is 3 and the covariance 2 × 2"), "{message}");
    // Alone, in whatever file, a covariance is not a set of two images.
    assert!(refused("sigma.npy", &sigma).contains("symmetric"));
    assert!(refused("a.npz", &stored(&[("arr_0", sigma)])).contains("symmetric"));
}

#[test]
fn several_arrays_of_which_none_says_what_it_is_are_a_question() {
    let of = |value: f64| array("(1, 1)", &[value]);
    let labels = saved("'<i8'", "False", "(2,)", &[0; 16]);
    let stored = |arrays: &[(&str, Vec<u8>)]| npz(arrays, CompressionMethod::Stored);
    let value = |set: FeatureSet| set.features.to_f32()[0];
    let one = stored(&[("arr_0", of(3.0)), ("labels", labels.clone())]);
    assert_eq!(features_of("a.npz", &one).map(value).unwrap(), 3.0);
    let called = stored(&[("a", of(3.0)), ("features", of(4.0))]);
    assert_eq!(features_of("a.npz", &called).map(value).unwrap(), 4.0);
    // As numpy.savez(file, mean, covariance) calls them.
    let two = stored(&[
        ("arr_0", array("(2,)", &[1.0, 2.0])),
        ("arr_1", array("(2, 2)", &[4.0, 1.0, 1.5, 3.0])),
        ("labels", labels.clone()),
    ]);
    let message = refused("a.npz", &two);
    for part in ["arr_0 (2), arr_1 (2 × 2)", "a.npz:NAME for features", "a.npz:MEAN,COVARIANCE"] {
        assert!(message.contains(part), "{message}");
    }
    assert_eq!(features_of("a.npz:arr_1", &two).unwrap().features.len(), 2);
    assert_eq!(statistics_of("a.npz:arr_0,arr_1", &two).unwrap().covariance, [4.0, 1.0, 1.5, 3.0]);
    assert!(refused("a.npz:arr_2", &two).contains("no array 'arr_2'"));
    assert!(refused("a.npz:a,b,c", &two).contains("neither"));
    assert!(refused("a.npz:labels", &two).contains("'<i8'"));
    assert!(is_feature_file(Path::new("folder/a.NPZ:mean,cov")) && !is_feature_file(Path::new("a.png:x")));
    assert!(refused("a.npz", &stored(&[("labels", labels)])).contains("no array of floats"));
    assert!(refused("a.npz", &stored(&[])).contains("no array"));
    assert!(
        refused("a.npz", &stored(&[("features", array("(0, 2)", &[]))])).contains("of one image at least")
    );
    assert!(refused("a.npy", &array("(2,)", &[1.0, 2.0])).contains("images × numbers"));
    let not_finite = saved("'<f4'", "False", "(1, 2)", &[0xff; 8]);
    assert!(refused("a.npy", &not_finite).contains("finite"));
}

/// Facts about a file for a reader.
#[derive(Debug, PartialEq)]
enum SetFacts {
    Features(Features, Option<String>),
    Statistics(Vec<f64>, Vec<f64>),
}

fn told(bytes: &[u8]) -> Option<SetFacts> {
    match content("a.npz", bytes) {
        Ok(Content::Features(set)) => Some(SetFacts::Features(set.features, set.extractor)),
        Ok(Content::Statistics(Statistics { mean, covariance })) => {
            Some(SetFacts::Statistics(mean, covariance))
        }
        Err(_) => None,
    }
}

#[test]
fn no_damaged_archive_gives_other_numbers() {
    let folder = tempfile::tempdir().unwrap();
    let ours = folder.path().join("ours.npz");
    named(40).write(&ours).unwrap();
    let floats = |n: usize| (0..n).map(|v| (v % 13) as f64).collect::<Vec<_>>();
    let mut sigma = vec![0.0; 64];
    (0..8).for_each(|row| sigma[row * 9] = 1.0 + row as f64);
    let statistics = [("mu", array("(8,)", &floats(8))), ("sigma", array("(8, 8)", &sigma))];
    let labels = saved("'<i8'", "False", "(30,)", &[7; 240]);
    let foreign = [("arr_0", array("(30, 4)", &floats(120))), ("labels", labels)];
    for sound in [
        std::fs::read(ours).unwrap(),
        npz(&statistics, CompressionMethod::Stored),
        npz(&statistics, CompressionMethod::Deflated),
        npz(&foreign, CompressionMethod::Stored),
        npz(&foreign, CompressionMethod::Deflated),
    ] {
        let truth = told(&sound);
        assert!(truth.is_some());
        // Bytes of the arrays themselves; the others may say nothing of the numbers, as dates and attributes do.
        let mut zip = zip::ZipArchive::new(Cursor::new(&sound)).unwrap();
        let mut packed = Vec::new();
        for entry in 0..zip.len() {
            let file = zip.by_index(entry).unwrap();
            let start = file.data_start().unwrap();
            packed.push(start..start + file.compressed_size());
        }
        let mut refused = 0;
        for seed in 0..300u64 {
            let hash = xxh3_64(&seed.to_le_bytes());
            let mut bytes = sound.clone();
            let at = hash as usize % bytes.len();
            bytes[at] ^= (hash >> 40) as u8 | 1;
            match told(&bytes) {
                None => refused += 1,
                found => {
                    assert_eq!(found, truth, "byte {at}");
                    assert!(
                        packed.iter().all(|array| !array.contains(&(at as u64))),
                        "byte {at} of an array"
                    );
                }
            }
        }
        assert!(refused > 150, "{refused} of 300 were found out");
        for end in (0..sound.len()).step_by(7) {
            assert_eq!(told(&sound[..end]), None, "cut at {end}");
        }
    }
}

#[test]
fn of_no_texts_each_may_be_of_any_length() {
    let none = saved("'<U2305843009213693951'", "False", "(0,)", &[]);
    let set = features_of(
        "a.npz",
        &npz(&[("features", array("(1, 2)", &[1.0, 2.0])), ("names", none)], CompressionMethod::Stored),
    );
    assert_eq!(set.unwrap().features.len(), 1);
}

#[test]
fn a_small_file_does_not_make_room_for_what_it_claims() {
    let sound = npz(&[("arr_0", array("(4, 2)", &[1.0; 8]))], CompressionMethod::Deflated);
    // The size that the archive gives, in both of its places, and the shape in the array.
    let mut header = saved("'<f8'", "False", "(40000000000, 2)", &[]);
    header.extend([0; 64]);
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    archive.start_file("arr_0.npy", SimpleFileOptions::default()).unwrap();
    archive.write_all(&header).unwrap();
    let claims = archive.finish().unwrap().into_inner();
    assert!(content("a.npz", &sound).is_ok());
    assert!(refused("a.npz", &claims).contains("cut off"));
    let size = (header.len() as u32).to_le_bytes();
    let large = 0xfff0_0000u32.to_le_bytes();
    let mut bytes = claims;
    for at in (0..bytes.len() - 4).rev() {
        if bytes[at..at + 4] == size {
            bytes[at..at + 4].copy_from_slice(&large);
        }
    }
    let message = refused("a.npz", &bytes);
    assert!(message.contains("more than can be packed") || message.contains("damaged"), "{message}");
}
