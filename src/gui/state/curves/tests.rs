use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::*;
use crate::config::defaults;
use crate::report::PixelMetrics;

fn step(step: usize, value: f64) -> StepReport {
    StepReport {
        step,
        steps: 1000,
        reconstruction: value,
        re: value / 1000.0,
        kl: value / 2.0,
        kl_weight: 0.5,
        loss: value * 2.0,
        learning_rate: 1e-3,
        gradient_norm: 1.0,
        images_per_second: 300.0,
        ..StepReport::default()
    }
}

fn validation(step: usize, value: f64) -> ValidationReport {
    ValidationReport {
        step,
        loss: value,
        reconstruction: value,
        kl: 1.0,
        sparsity: None,
        feature_reconstruction: None,
        active_units: Some(12),
        re_shuffled: None,
        metrics: PixelMetrics { re: value / 1000.0, psnr: 20.0, ssim: 0.5, n: 9, identical: 0 },
        noisy_input: None,
    }
}

fn collapse(step: usize, active_units: usize) -> CollapseReport {
    CollapseReport {
        step,
        images: 9,
        kl_per_dim: Vec::new(),
        active_units,
        histogram: Vec::new(),
        histogram_range: (-4.0, 4.0),
        re: 0.01,
        re_shuffled: 0.02,
    }
}

fn points(series: &Series) -> Vec<(u32, f32)> {
    series.steps().zip(series.values().iter().copied()).collect()
}

#[test]
fn a_run_that_goes_back_loses_what_came_after() {
    let mut curves = Curves::new(ModelKind::Vae);
    curves.add_steps(&(1..=20).map(|i| step(i, 1.0)).collect::<Vec<_>>());
    curves.add_validation(&validation(10, 1.0));
    curves.add_validation(&validation(20, 1.0));
    curves.add_collapse(&collapse(15, 3));
    curves.add_steps(&[step(13, 7.0), step(14, 7.0)]);
    assert_eq!(curves.last_step(), Some(14));
    let loss = points(curves.series(RunQuantity::Loss));
    assert_eq!(loss.len(), 14);
    assert_eq!(loss[11..], [(12, 2.0), (13, 14.0), (14, 14.0)]);
    assert_eq!(points(curves.series(RunQuantity::ValidationLoss)), [(10, 1.0)]);
    assert_eq!(points(curves.series(RunQuantity::ActiveUnits)), [(10, 12.0)]);
}

#[test]
fn a_late_measurement_does_not_take_away_newer_ones() {
    let mut curves = Curves::new(ModelKind::Vae);
    for (step, units) in [(10, 5), (30, 6), (20, 9), (30, 7)] {
        curves.add_collapse(&collapse(step, units));
    }
    assert_eq!(points(curves.series(RunQuantity::ActiveUnits)), [(10, 5.0), (30, 7.0)]);
}

#[test]
fn a_model_without_a_prior_has_no_kl() {
    let mut curves = Curves::new(ModelKind::Ae);
    curves.add_steps(&[step(1, 1.0)]);
    curves.add_validation(&validation(1, 1.0));
    for quantity in [RunQuantity::Kl, RunQuantity::KlWeight, RunQuantity::ValidationKl, RunQuantity::Sparsity]
    {
        assert!(curves.series(quantity).is_empty(), "{quantity:?}");
    }
    assert_eq!(curves.series(RunQuantity::Loss).len(), 1);
}

/// A history with every 10th step validated, and the reports that it was written from.
fn history(steps: usize) -> (RunHistory, Vec<StepReport>, Vec<ValidationReport>) {
    let config = defaults();
    let value = |i: usize| if i == 7 { f64::NAN } else { 100.0 / i as f64 };
    let reports: Vec<_> = (1..=steps).map(|i| step(i, value(i))).collect();
    let validations: Vec<_> = (1..=steps / 10).map(|i| validation(10 * i, value(i + 20))).collect();
    let every = |f: &dyn Fn(&StepReport) -> f64| reports.iter().map(|r| f(r) as f32).collect::<Vec<_>>();
    let tenth = |f: &dyn Fn(&ValidationReport) -> f64| {
        let cell =
            |r: &StepReport| validations.iter().find(|v| v.step == r.step).map_or(f32::NAN, |v| f(v) as f32);
        reports.iter().map(cell).collect::<Vec<_>>()
    };
    let columns: Vec<(&str, Vec<f32>)> = vec![
        ("loss", every(&|r| r.loss)),
        ("reconstruction", every(&|r| r.reconstruction)),
        ("re", every(&|r| r.re)),
        ("kl", every(&|r| r.kl)),
        ("kl_weight", every(&|r| r.kl_weight)),
        ("free_bits", every(&|r| r.free_bits)),
        ("learning_rate", every(&|r| r.learning_rate)),
        ("gradient_norm", every(&|r| r.gradient_norm)),
        ("images_per_second", every(&|r| r.images_per_second)),
        ("validation_loss", tenth(&|v| v.loss)),
        ("validation_reconstruction", tenth(&|v| v.reconstruction)),
        ("validation_kl", tenth(&|v| v.kl)),
        ("validation_re", tenth(&|v| v.metrics.re)),
        ("validation_psnr", tenth(&|v| v.metrics.psnr)),
        ("validation_ssim", tenth(&|v| v.metrics.ssim)),
        ("validation_active_units", tenth(&|v| v.active_units.unwrap() as f64)),
        ("validation_re_shuffled", tenth(&|_| f64::NAN)),
        ("of_a_later_version", every(&|_| 1.0)),
    ];
    let (names, columns) = columns.into_iter().map(|(name, column)| (name.to_owned(), column)).unzip();
    let history = RunHistory {
        folder: "run".into(),
        config,
        step: steps,
        changes: Vec::new(),
        forked_from: None,
        names,
        steps: (1..=steps as u32).collect(),
        columns,
        sheets: Vec::new(),
    };
    (history, reports, validations)
}

/// `PartialEq` of a series with NaN in it never holds.
fn same(a: &Curves, b: &Curves) {
    for &quantity in RunQuantity::ALL {
        let bits = |c: &Curves| {
            let points = points(c.series(quantity));
            points.into_iter().map(|(step, value)| (step, value.to_bits())).collect::<Vec<_>>()
        };
        assert_eq!(bits(a), bits(b), "{quantity:?}");
    }
}

#[test]
fn a_history_gives_the_same_curves_as_the_reports_it_was_written_from() {
    let (history, reports, validations) = history(100);
    let mut appended = Curves::new(ModelKind::Vae);
    appended.add_steps(&reports);
    validations.iter().for_each(|report| appended.add_validation(report));
    same(&Curves::from_history(&history), &appended);

    // What a live run has told before its past was read comes after it.
    let mut late = Curves::new(ModelKind::Vae);
    late.add_steps(&reports[60..]);
    validations[6..].iter().for_each(|report| late.add_validation(report));
    late.load(Curves::from_history(&history));
    same(&late, &appended);
}

#[test]
fn a_history_without_re_has_it_from_the_reconstruction_term() {
    let (mut history, ..) = history(20);
    let column = history.names.iter().position(|name| name == "re").unwrap();
    history.names.remove(column);
    history.columns.remove(column);
    let curves = Curves::from_history(&history);
    let side = history.config.model.image_size as f32;
    let re = curves.series(RunQuantity::Re).get(3).unwrap();
    assert_eq!(re.0, 4);
    assert!((re.1 * 3.0 * side * side - 25.0).abs() < 1e-4, "{re:?}");
}

#[test]
fn a_table_has_all_numbers_and_names_the_runs_where_there_are_several() {
    let (history, ..) = history(30);
    let curves = Curves::from_history(&history);
    let quantities = [RunQuantity::Loss, RunQuantity::ValidationLoss, RunQuantity::Sparsity];
    let one = table([("a", &curves)].into_iter(), &quantities);
    let names: Vec<&str> = one.iter().map(|column| column.name.as_str()).collect();
    assert_eq!(names, ["loss", "validation_loss"]);
    assert_eq!((one[0].steps.len(), one[1].steps.clone()), (30, vec![10, 20, 30]));
    let two = table([("a", &curves), ("b", &curves)].into_iter(), &quantities);
    assert_eq!(two.len(), 4);
    assert_eq!(two[3].name, "b validation_loss");
}

fn random_series(rng: &mut impl Rng, len: usize) -> Series {
    let mut series = Series::default();
    let mut at = rng.random_range(0..5);
    for i in 0..len {
        let value = match rng.random_range(0..30) {
            0 => f32::NAN,
            _ => 100.0 / (1.0 + i as f32).sqrt() + rng.random::<f32>(),
        };
        series.push(at, value);
        at += if rng.random_range(0..100) == 0 { rng.random_range(1..50) } else { 1 };
    }
    series
}

#[test]
fn bins_hold_all_numbers_in_view_in_no_more_than_asked_for() {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    for len in [1, 2, 10, 100, 5000] {
        let series = random_series(&mut rng, len);
        let all = points(&series);
        let end = f64::from(series.last().unwrap().0) + 10.0;
        for most in [1, 7, 300] {
            for _ in 0..20 {
                let (a, b) = (rng.random_range(-10.0..end), rng.random_range(-10.0..end));
                let view = a.min(b)..=a.max(b);
                let bins: Vec<Bin> = series.bins(&view, most).collect();
                // The outermost two lie outside, and the next two may in part.
                assert!(bins.len() <= most + 4, "{} bins of {most}", bins.len());
                assert!(bins.windows(2).all(|pair| pair[0].last < pair[1].first));
                let inside = all.iter().filter(|(step, _)| view.contains(&f64::from(*step)));
                for (step, _) in inside.clone() {
                    assert!(
                        bins.iter().any(|bin| (bin.first..=bin.last).contains(step)),
                        "{step} in {view:?}"
                    );
                }
                for bin in &bins {
                    let values: Vec<f32> = all
                        .iter()
                        .filter(|(step, value)| (bin.first..=bin.last).contains(step) && value.is_finite())
                        .map(|(_, value)| *value)
                        .collect();
                    let max = values.iter().copied().fold(f32::NEG_INFINITY, f32::max);
                    let min = values.iter().copied().fold(f32::INFINITY, f32::min);
                    assert_eq!((bin.summary.min, bin.summary.max), (min, max));
                    assert_eq!(bin.summary.count as usize, values.len());
                }
            }
        }
    }
}

/// TensorBoard's smoothing (`resmooth` of its `vz_line_chart2/line-chart.ts`), word for word.
fn tensorboard(values: &[f32], factor: f64) -> Vec<f64> {
    let (mut last, mut seen) = (0.0, 0);
    let mut smoothed = Vec::new();
    for &value in values {
        if !value.is_finite() {
            smoothed.push(f64::NAN);
            continue;
        }
        last = last * factor + (1.0 - factor) * f64::from(value);
        seen += 1;
        smoothed.push(last / (1.0 - factor.powi(seen)));
    }
    smoothed
}

#[test]
fn up_to_a_thousand_numbers_are_smoothed_as_tensorboard_does() {
    let mut rng = ChaCha8Rng::seed_from_u64(2);
    let mut series = Series::default();
    (1..=900).for_each(|i| series.push(i, if i % 50 == 3 { f32::NAN } else { rng.random::<f32>() * 10.0 }));
    for factor in [0.0, 0.3, 0.9, 0.99] {
        let wanted = tensorboard(series.values(), factor);
        // From the beginning, and only the end of it: what is out of view still counts.
        for (view, skipped) in [(0.0..=1000.0, 0), (801.0..=900.0, 799)] {
            let line = series.smoothed(&view, factor);
            assert_eq!(line.len(), 900 - skipped);
            for ([step, value], wanted) in line.iter().zip(&wanted[skipped..]) {
                let close = (value - wanted).abs() < 1e-4 || (value.is_nan() && wanted.is_nan());
                assert!(close, "{factor} at {step}: {value} {wanted}");
            }
        }
    }
}

#[test]
fn a_long_run_is_smoothed_over_the_same_part_of_the_view_as_a_short_one() {
    // A ramp is smoothed to one that lags by f / (1 - f) units.
    let mut series = Series::default();
    (0..200_000).for_each(|i| series.push(i, i as f32));
    let line = series.smoothed(&(0.0..=200_000.0), 0.9);
    assert!(line.len() <= 1004, "{}", line.len());
    let [step, value] = line[line.len() - 1];
    let lag = step - value;
    // 9 thousandths of the view, and up to a block more.
    assert!((1800.0..=2200.0).contains(&lag), "{lag}");
}
