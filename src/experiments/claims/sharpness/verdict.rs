//! Whether GANs are sharper and cover less.

use super::row::{Family, SharpnessRow, Source};
use crate::experiments::claims::words::{listed, short};

/// Whether GANs are sharper and cover less, in sentences.
pub fn verdict(rows: &[SharpnessRow]) -> Vec<String> {
    let of = |family: Family| {
        let draws = rows.iter().filter(move |row| row.source == Source::Draws && row.family == Some(family));
        draws.collect::<Vec<_>>()
    };
    let (gans, vaes) = (of(Family::Gan), of(Family::Vae));
    let mut sentences = match gans.is_empty() || vaes.is_empty() {
        true => vec!["To compare, name models that draw: a GAN (dcgan, vae-gan) and a VAE.".to_owned()],
        false => compared(&gans, &vaes),
    };
    if let Some(other) = rows.iter().find(|row| row.source == Source::Other) {
        let set = |key: &str| other.set(key).map_or_else(|| "–".into(), |value| format!("{value:.2}"));
        sentences.push(format!(
            "Other real images have a sharpness of {:.2}, a distance of {:.1} dB, a coverage of {} and a recall of {}: no \
             model can be asked for more.",
            other.sharpness,
            other.distance,
            set("coverage"),
            set("recall"),
        ));
    }
    sentences
}

/// The answer, then the numbers that it is made of.
fn compared(gans: &[&SharpnessRow], vaes: &[&SharpnessRow]) -> Vec<String> {
    let measures = [
        Compared { what: "Sharpness beside real images", sign: 1.0, unit: "", read: |row| row.sharpness },
        Compared {
            what: "Distance of the spectrum from that of real images",
            sign: -1.0,
            unit: " dB",
            read: |row| row.distance,
        },
        Compared {
            what: "Coverage of real images",
            sign: -1.0,
            unit: "",
            read: |row| row.set("coverage").unwrap_or(f64::NAN),
        },
        Compared { what: "Recall", sign: -1.0, unit: "", read: |row| row.set("recall").unwrap_or(f64::NAN) },
    ];
    let [sharp, _, coverage, recall] = &measures;
    let (coverage, recall) = (coverage.answer(gans, vaes), recall.answer(gans, vaes));
    let left_out = if coverage == recall { coverage } else { Answer::Partly };
    let answer = format!(
        "That GANs draw sharper pictures than VAEs is {}; that VAEs leave less out is {}.",
        sharp.answer(gans, vaes).words(),
        left_out.words()
    );
    let numbers = measures.iter().map(|compared| {
        let said =
            |rows: &[&SharpnessRow]| listed(&rows.iter().map(|row| compared.said(row)).collect::<Vec<_>>());
        format!("{}: of GANs {}, of VAEs {}.", compared.what, said(gans), said(vaes))
    });
    std::iter::once(answer).chain(numbers).collect()
}

/// A number by which GANs and VAEs are told apart.
struct Compared {
    what: &'static str,
    /// 1 where that of GANs is larger by the claim, −1 where it is smaller.
    sign: f64,
    unit: &'static str,
    read: fn(&SharpnessRow) -> f64,
}

/// Whether a part of the claim is true.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Answer {
    True,
    Partly,
    Not,
}

impl Answer {
    fn words(self) -> &'static str {
        match self {
            Answer::True => "true here",
            Answer::Partly => "true of some here and not of others",
            Answer::Not => "not true here",
        }
    }
}

impl Compared {
    fn said(&self, row: &SharpnessRow) -> String {
        format!("{:.2}{} ({})", (self.read)(row), self.unit, short(&row.name))
    }

    fn answer(&self, gans: &[&SharpnessRow], vaes: &[&SharpnessRow]) -> Answer {
        // As they read: what differs in no digit that is said is no difference.
        let ends = |rows: &[&SharpnessRow]| {
            let values = rows.iter().map(|row| self.sign * ((self.read)(row) * 100.0).round());
            values.fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), v| (a.min(v), b.max(v)))
        };
        let ((least, most), (fewest, highest)) = (ends(gans), ends(vaes));
        match () {
            () if least > highest => Answer::True,
            () if most <= fewest => Answer::Not,
            () => Answer::Partly,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::SetMetrics;

    fn row(name: &str, family: Family, sharpness: f64, coverage: f64) -> SharpnessRow {
        let sets = SetMetrics {
            fid: 1.0,
            kid: None,
            kid_std: None,
            precision: Some(0.5),
            recall: Some(coverage / 2.0),
            density: None,
            coverage: Some(coverage),
            k: 3,
            n_real: Some(9),
            n_generated: Some(9),
            features: "numbers".into(),
            not_available: None,
        };
        SharpnessRow {
            name: name.into(),
            source: Source::Draws,
            family: Some(family),
            variance: sharpness,
            sharpness,
            distance: 10.0 - sharpness,
            high: sharpness,
            sets: Some(sets),
            n: 9,
        }
    }

    #[test]
    fn the_verdict_says_what_came_out_and_not_what_was_expected() {
        let rows = [
            row("dcgan", Family::Gan, 0.9, 0.3),
            row("vae-gan", Family::Gan, 0.7, 0.8),
            row("vae", Family::Vae, 0.2, 0.5),
        ];
        let said = verdict(&rows);
        assert_eq!(
            said[0],
            "That GANs draw sharper pictures than VAEs is true here; that VAEs leave less out is true of some here and \
             not of others."
        );
        assert!(
            said[1].ends_with("of GANs 0.90 (dcgan) and 0.70 (vae-gan), of VAEs 0.20 (vae)."),
            "{said:?}"
        );
        let other = verdict(&[row("gan", Family::Gan, 0.2, 0.6), row("vae", Family::Vae, 0.2001, 0.5)]);
        assert!(
            other[0].contains("VAEs is not true here") && other[0].ends_with("out is not true here."),
            "{other:?}"
        );
        let as_said = verdict(&[row("gan", Family::Gan, 0.8, 0.2), row("vae", Family::Vae, 0.2, 0.5)]);
        assert!(
            as_said[0].contains("VAEs is true here") && as_said[0].ends_with("out is true here."),
            "{as_said:?}"
        );
        assert!(verdict(&rows[..2])[0].starts_with("To compare"));
    }
}
