use std::time::{Duration, Instant};

use super::super::BOOKS;
use super::*;
use crate::gui::language::Language;

fn vietnamese() -> &'static Book {
    &BOOKS.iter().find(|(language, _)| *language == Language::Vietnamese).unwrap().1
}

fn in_vietnamese(english: &str) -> String {
    vietnamese().translate(english).unwrap_or_else(|| panic!("not recognised: {english}"))
}

/// A sentence of a pattern with some values.
fn filled(words: &[String], value: impl Fn(usize) -> String) -> String {
    let mut sentence = words[0].clone();
    for (number, behind) in words[1..].iter().enumerate() {
        sentence += &value(number);
        sentence += behind;
    }
    sentence
}

fn marked(pattern: &Pattern, number: usize) -> bool {
    pattern
        .translation
        .iter()
        .any(|piece| matches!(piece, Piece::Value(at, meaning) if *at == number && *meaning != Meaning::Name))
}

#[test]
fn every_pattern_finds_its_own_sentences_and_their_values() {
    let book = vietnamese();
    assert!(book.patterns.len() > 500, "{} patterns", book.patterns.len());
    let mut failed = Vec::new();
    for pattern in &book.patterns {
        // Places that touch have no end of their own.
        let last = pattern.words.len() - 1;
        let touches = |number: usize| pattern.words[number + 1].is_empty() && number + 1 < last;
        for plain in ["7", "/tmp/Ảnh/x.png", "Zq"] {
            let known = pattern.letters == 0 || !pattern.counts_in(Meaning::Sentence);
            let value = |number: usize| match () {
                () if touches(number) => String::new(),
                () if known && marked(pattern, number) => "it".to_owned(),
                () => format!("{plain}{number}"),
            };
            let sentence = filled(&pattern.words, value);
            let expected: String = pattern
                .translation
                .iter()
                .map(|piece| match piece {
                    Piece::Words(words) => words.clone(),
                    Piece::Value(number, _) if known && marked(pattern, *number) && !touches(*number) => {
                        "nó".to_owned()
                    }
                    Piece::Value(number, _) => value(*number),
                })
                .collect();
            let meaning = if known { Meaning::List } else { Meaning::Sentence };
            let found =
                book.find(&sentence, meaning, DEEPEST, &mut MOST_SEARCHED.clone()).map(|found| found.text);
            if found.as_ref() != Some(&expected) {
                failed.push(format!("{sentence}\n    wanted {expected}\n    found  {found:?}"));
            }
        }
    }
    assert!(failed.is_empty(), "{} of them:\n{}", failed.len(), failed.join("\n"));
}

#[test]
fn sentences_within_sentences_are_recognised() {
    let path = "/home/ada/black and white: faces/no one is not any of (it), or it and more.jpg";
    assert_eq!(
        in_vietnamese(&format!("{path}: the image is cut off; copy the file again from where it came")),
        format!("{path}: ảnh bị cụt; hãy sao chép lại tệp từ nguồn")
    );
    assert_eq!(
        in_vietnamese("cannot read /data/faces: Permission denied (os error 13)"),
        "không đọc được /data/faces: không có quyền truy cập (lỗi hệ thống 13)"
    );
    assert_eq!(
        in_vietnamese("cannot read /data/faces: a word of another program"),
        "không đọc được /data/faces: a word of another program"
    );
    assert_eq!(
        in_vietnamese(
            "By PSNR the best is the noisy picture itself at 0.05, the median at 0.1 and dae at 0.2."
        ),
        "Theo PSNR, tốt nhất là chính hình nhiễu ở 0.05, trung vị ở 0.1 và dae ở 0.2."
    );
    assert_eq!(
        in_vietnamese(
            "12 files were passed over: 7 HEIC (convert to JPEG), 1 archive (open a zip by itself, unpack another), 4 not images"
        ),
        "12 tệp bị bỏ qua: 7 HEIC (hãy đổi sang JPEG), 1 tệp nén (hãy mở riêng nếu là zip, giải nén nếu là loại khác), 4 không phải ảnh"
    );
}

#[test]
fn what_is_not_ours_stays_as_it_is() {
    for foreign in
        ["", "a", ": ", "and", "Some words and others: of another program", "%{0}", "/a/b and c.png"]
    {
        assert_eq!(vietnamese().translate(foreign), None, "{foreign}");
    }
}

/// A text as long as may be, of words that keys are made of: the most that can fit.
#[test]
fn no_text_takes_long() {
    let book = vietnamese();
    let mut texts: Vec<String> =
        [": ", " and ", ", ", "; ", " (", ") of ", "%{0}", "cannot read ", "é", "\u{1b}[31m"]
            .iter()
            .map(|words| words.repeat(LONGEST / words.len()))
            .collect();
    let all: Vec<&str> =
        book.patterns.iter().flat_map(|pattern| &pattern.words).map(String::as_str).collect();
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    for _ in 0..200 {
        let mut text = String::new();
        while text.len() < LONGEST - 400 {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            text += all[(state % all.len() as u64) as usize];
        }
        texts.push(text.chars().take(LONGEST / 4).collect());
    }
    texts.push("x".repeat(10 << 20));
    let began = Instant::now();
    for text in &texts {
        let mut left = MOST_SEARCHED;
        let _ = book.find(
            text.get(..LONGEST.min(text.len())).unwrap_or_default(),
            Meaning::List,
            DEEPEST,
            &mut left,
        );
        let _ = book.translate(text);
    }
    let each = began.elapsed() / (2 * texts.len() as u32);
    assert!(each < Duration::from_millis(100), "{each:?} for each");
}
