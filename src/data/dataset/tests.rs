use std::collections::HashSet;

use super::*;
use crate::crop::Crop;
use crate::data::decode::read_image;
use crate::resample::crop_resize;

impl Dataset {
    /// A data set of images already in memory, in the order given, with a name for each: of each the central square,
    /// resized to `image_size` pixels a side.
    ///
    /// # Errors
    /// A size that is not possible.
    pub fn from_images(names: Vec<String>, images: &[ImageBuf], image_size: usize) -> Result<Self> {
        check_image_size(image_size)?;
        let mut pixels = zeroed_pixels(images.len(), image_size)?;
        for (image, out) in images.iter().zip(pixels.chunks_exact_mut(image_size * image_size * 3)) {
            out.copy_from_slice(crop_resize(image, Crop::default(), image_size).pixels());
        }
        let identities = identities(names.iter().map(String::as_str));
        let mut fingerprint = Fingerprint::new(image_size, &identities);
        fingerprint.add(&pixels);
        Ok(Dataset {
            path: None,
            alignment: Alignment::None,
            rows: (0..names.len()).collect(),
            names,
            naming: Naming::Identity,
            identities,
            pixels: Pixels::Memory(pixels),
            image_size,
            skipped: Vec::new(),
            notes: Vec::new(),
            fingerprint: fingerprint.finish(),
        })
    }
}

fn go_on(_: Progress) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

/// A folder of PNG files, `name` and grey value each, `width` × 8.
fn folder(files: &[(&str, u8)], width: u32) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    for (name, value) in files {
        let path = dir.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        image::GrayImage::from_pixel(width, 8, image::Luma([*value])).save(path).unwrap();
    }
    dir
}

#[test]
fn a_folder_becomes_squares_in_the_order_of_names() {
    let dir = folder(&[("b.png", 20), ("a/x.png", 10), ("c.png", 30)], 12);
    let data = Dataset::load(dir.path(), 4, &mut go_on).unwrap();
    assert_eq!((data.len(), data.image_size(), data.path()), (3, 4, Some(dir.path())));
    assert_eq!((0..3).map(|i| data.name(i)).collect::<Vec<_>>(), ["a/x.png", "b.png", "c.png"]);
    for (index, value) in [10, 20, 30].into_iter().enumerate() {
        assert_eq!(data.image(index).unwrap(), ImageBuf::filled(4, 4, [value; 3]));
        assert_eq!(*data.pixels(index).unwrap(), [value; 48]);
    }
    assert_eq!(data.skipped(), []);
}

#[test]
fn unreadable_files_are_left_out_and_listed() {
    let dir = folder(&[("a.png", 1), ("c.png", 3), ("e.png", 5)], 8);
    std::fs::write(dir.path().join("b.jpg"), "not an image").unwrap();
    std::fs::write(dir.path().join("d.png"), "").unwrap();
    let data = Dataset::load(dir.path(), 2, &mut go_on).unwrap();
    assert_eq!((0..3).map(|i| data.name(i)).collect::<Vec<_>>(), ["a.png", "c.png", "e.png"]);
    assert_eq!((0..3).map(|i| data.pixels(i).unwrap()[0]).collect::<Vec<_>>(), [1, 3, 5]);
    let skipped: Vec<_> = data.skipped().iter().map(|file| file.path.clone()).collect();
    assert_eq!(skipped, [dir.path().join("b.jpg"), dir.path().join("d.png")]);
    assert!(data.skipped()[1].reason.starts_with("the file is empty"), "{:?}", data.skipped());
}

#[test]
fn a_folder_without_one_good_image_is_an_error_with_an_example() {
    let dir = tempfile::tempdir().unwrap();
    for name in ["a.jpg", "b.jpg"] {
        std::fs::write(dir.path().join(name), "").unwrap();
    }
    let message = Dataset::load(dir.path(), 8, &mut go_on).err().unwrap().to_string();
    assert!(message.contains("none of the 2 images in it can be read"), "{message}");
    assert!(message.contains("b.jpg: the file is empty"), "{message}");
}

#[test]
fn impossible_sizes_are_refused() {
    let dir = folder(&[("a.png", 1)], 8);
    for size in [0, MAX_SIDE + 1] {
        let message = Dataset::load(dir.path(), size, &mut go_on).err().unwrap().to_string();
        assert!(message.contains("must be 1 to 4096"), "{message}");
    }
    let message = zeroed_pixels(usize::MAX / 2, 64).unwrap_err().to_string();
    assert!(message.contains("more than there is"), "{message}");
}

#[test]
fn turning_upright_last_changes_at_most_the_rounding() {
    // Odd differences of the sides make the centre of the crop fall between pixels.
    let smooth = |x: u32, y: u32| image::Rgb([(x * 8) as u8, (y * 9) as u8, ((x + y) * 4) as u8]);
    for (width, height) in [(31, 20), (20, 27), (24, 24)] {
        for orientation in 1..=8u8 {
            let dir = tempfile::tempdir().unwrap();
            let path = dir.path().join("a.png");
            let mut exif = b"MM\0\x2A\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".to_vec();
            exif.extend([orientation, 0, 0, 0, 0, 0, 0]);
            let mut encoder = image::codecs::png::PngEncoder::new(std::fs::File::create(&path).unwrap());
            image::ImageEncoder::set_exif_metadata(&mut encoder, exif).unwrap();
            let picture = image::RgbImage::from_fn(width, height, smooth);
            picture.write_with_encoder(encoder).unwrap();

            let whole = read_image(&path).unwrap();
            assert_eq!(whole.width() == width as usize, orientation < 5 || width == height);
            for size in [7, 10, 20] {
                let expected = crop_resize(&whole, Crop::default(), size);
                let data = Dataset::load(dir.path(), size, &mut go_on).unwrap();
                let worst = data
                    .pixels(0)
                    .unwrap()
                    .iter()
                    .zip(expected.pixels())
                    .map(|(a, b)| a.abs_diff(*b))
                    .max()
                    .unwrap();
                assert!(worst <= 1, "orientation {orientation} of {width} × {height} at {size}: {worst}");
            }
        }
    }
}

#[test]
fn progress_ends_at_the_total() {
    let files: Vec<String> = (0..40).map(|i| format!("{i}.png")).collect();
    let dir = folder(&files.iter().map(|name| (name.as_str(), 7)).collect::<Vec<_>>(), 8);
    let mut seen = Vec::new();
    Dataset::load(dir.path(), 8, &mut |progress| {
        seen.push(progress);
        ControlFlow::Continue(())
    })
    .unwrap();
    assert!(seen.is_sorted_by_key(|progress| progress.done));
    let last = seen.last().unwrap();
    assert_eq!((last.done, last.total, last.what.as_str()), (40, 40, "Reading images"));
    assert!(last.rate > 0.0);
    assert_eq!(last.seconds_left, 0.0);
}

#[test]
fn breaking_cancels_soon() {
    // 600 images of about a megapixel take many times longer than a tick on any machine.
    let dir = tempfile::tempdir().unwrap();
    let first = dir.path().join("0.png");
    image::RgbImage::from_fn(1000, 1000, |x, y| image::Rgb([(x * y) as u8, x as u8, y as u8]))
        .save(&first)
        .unwrap();
    for index in 1..600 {
        std::fs::hard_link(&first, dir.path().join(format!("{index}.png"))).unwrap();
    }
    let mut calls = Vec::new();
    let result = Dataset::load(dir.path(), 8, &mut |progress| {
        calls.push(progress.done);
        ControlFlow::Break(())
    });
    assert!(matches!(result, Err(Error::Cancelled)));
    assert_eq!(calls.len(), 1);
    assert!(calls[0] < 600, "it was over before it could be cancelled");
}

#[test]
fn the_fingerprint_tells_any_change() {
    let images = |values: [u8; 2]| values.map(|value| ImageBuf::filled(4, 4, [value; 3]));
    let make = |names: [&str; 2], values, size| {
        let names = names.map(str::to_owned).to_vec();
        Dataset::from_images(names, &images(values), size).unwrap().fingerprint().to_owned()
    };
    let original = make(["a", "b"], [1, 2], 4);
    assert_eq!(original.len(), 32);
    assert_eq!(original, make(["a", "b"], [1, 2], 4));
    let others = [
        original,
        make(["a", "c"], [1, 2], 4),
        make(["ab", ""], [1, 2], 4),
        make(["a", "b"], [1, 3], 4),
        make(["a", "b"], [2, 1], 4),
        make(["a", "b"], [1, 2], 2),
    ];
    assert_eq!(others.iter().collect::<HashSet<_>>().len(), others.len());
}

/// Each image's value and part, in order, and the fingerprint.
fn seen(data: &Dataset) -> (Vec<(u8, Option<Split>)>, String) {
    let parts = [Split::Train, Split::Validation, Split::Test];
    let part = |index| parts.into_iter().find(|&split| data.indices(split).contains(&index));
    let images = (0..data.len()).map(|index| (data.pixels(index).unwrap()[0], part(index)));
    (images.collect(), data.fingerprint().to_owned())
}

/// As a program on a Mac would write them.
fn decomposed(name: &str) -> String {
    name.replace('é', "e\u{301}").replace('ö', "o\u{308}")
}

#[test]
fn photos_stay_in_their_parts_one_folder_higher_in_an_archive_and_in_the_other_normal_form() {
    let flat: Vec<String> = (0..60).map(|i| format!("{}{i}.png", ["é", "f", "ö", "z"][i % 4])).collect();
    let classes: Vec<String> = (0..60).map(|i| format!("s{}/é{}.png", i / 10, i % 10)).collect();
    for names in [flat, classes] {
        let photos = |prefix: &str, spelt: fn(&str) -> String| -> Vec<(String, u8)> {
            let named = names.iter().enumerate();
            named.map(|(i, name)| (format!("{prefix}{}", spelt(name)), i as u8)).collect()
        };
        let load = |photos: Vec<(String, u8)>| {
            let photos: Vec<(&str, u8)> =
                photos.iter().map(|(name, value)| (name.as_str(), *value)).collect();
            let dir = folder(&photos, 8);
            let data = Dataset::load(dir.path(), 2, &mut go_on).unwrap();
            (seen(&data), dir)
        };
        let (expected, dir) = load(photos("", str::to_owned));
        assert_eq!(expected.0.len(), 60);
        assert!(expected.0.iter().any(|(_, part)| *part == Some(Split::Test)));
        assert_eq!(load(photos("my photos/2026/", str::to_owned)).0, expected);
        assert_eq!(load(photos("", decomposed)).0, expected);
        let zip = dir.path().join("all.zip");
        let mut archive = zip::ZipWriter::new(std::fs::File::create(&zip).unwrap());
        for name in &names {
            let options = zip::write::SimpleFileOptions::default();
            archive.start_file(format!("top/{}", decomposed(name)), options).unwrap();
            std::io::Write::write_all(&mut archive, &std::fs::read(dir.path().join(name)).unwrap()).unwrap();
        }
        archive.finish().unwrap();
        assert_eq!(seen(&Dataset::load(&zip, 2, &mut go_on).unwrap()), expected);
        // Beside photos of their own names.
        let mut more = photos("ours/", str::to_owned);
        more.push(("other/unrelated.png".into(), 200));
        let with_more = load(more).0;
        assert!(expected.0.iter().all(|image| with_more.0.contains(image)));
    }
}

#[test]
fn a_run_of_the_old_rule_has_its_images_as_it_began() {
    // As the version before had them: by path, in the order of its bytes.
    let names: Vec<String> = (0..40)
        .map(|i| decomposed(&format!("{}/x{}é.png", i / 10, i % 20)))
        .chain(["f.png".into()])
        .collect();
    let files: Vec<(&str, u8)> = names.iter().enumerate().map(|(i, name)| (name.as_str(), i as u8)).collect();
    let dir = folder(&files, 8);
    let mut by_bytes = files.clone();
    by_bytes.sort();
    let old_parts: Vec<_> = by_bytes.iter().map(|(name, value)| (*value, Some(split_of(name)))).collect();
    let mut hash =
        Fingerprint::new(2, &by_bytes.iter().map(|(name, _)| (*name).to_owned()).collect::<Vec<_>>());
    by_bytes.iter().for_each(|(_, value)| hash.add(&[*value; 12]));
    let old = (old_parts, hash.finish());

    let load = |dir: &Path| Dataset::load(dir, 2, &mut go_on).unwrap();
    let today = seen(&load(dir.path()));
    assert_ne!(today, old);
    let again = load(dir.path()).as_trained(Naming::Path, &old.1).unwrap();
    assert_eq!(seen(&again), old);
    assert!(load(dir.path()).is_of(Naming::Path, &old.1).unwrap());
    assert!(!load(dir.path()).is_of(Naming::Identity, &old.1).unwrap());
    assert_eq!(seen(&again.as_trained(Naming::Identity, "").unwrap()), today, "there and back");
    // One folder higher it is known all the same.
    let higher = tempfile::tempdir().unwrap();
    std::fs::rename(dir.path(), higher.path().join("photos")).unwrap();
    assert_eq!(seen(&load(higher.path()).as_trained(Naming::Path, &old.1).unwrap()), old);
    let meta: Naming = serde_json::from_str("\"path\"").unwrap();
    assert_eq!(
        (meta, serde_json::to_string(&Naming::PathBelowCommon).unwrap()),
        (Naming::Path, "\"path\"".into())
    );
}

#[test]
fn the_parts_share_out_everything() {
    let names: Vec<String> = (0..500).map(|i| format!("{i:05}.jpg")).collect();
    let data = Dataset::from_images(names, &vec![ImageBuf::filled(1, 1, [0; 3]); 500], 1).unwrap();
    let mut parts = [Split::Train, Split::Validation, Split::Test].map(|split| data.indices(split));
    assert!(parts.iter().all(|part| part.is_sorted() && !part.is_empty()));
    assert_eq!(parts[1][0], 1, "tests/reference/data.py: the first validation image is 00001.jpg");
    let mut together = parts.as_mut_slice().concat();
    together.sort_unstable();
    assert_eq!(together, data.indices(Split::All));
    assert_eq!(together, (0..500).collect::<Vec<_>>());
}

#[test]
fn real_photos_are_read() {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/ffhq");
    if !dir.is_dir() {
        eprintln!("skipped: {} is not there", dir.display());
        return;
    }
    let data = Dataset::load(&dir, 64, &mut go_on).unwrap();
    assert_eq!((data.len(), data.skipped().len()), (4000, 0));
    assert_eq!((data.name(0), data.name(3999)), ("00000.jpg", "03999.jpg"));
    for index in [0, 1234, 3999] {
        let alone = crop_resize(&read_image(&dir.join(data.name(index))).unwrap(), Crop::default(), 64);
        assert_eq!(data.image(index).unwrap(), alone);
    }
}
