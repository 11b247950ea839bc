//! The trainer's side: jobs, their cancelling, and the end.

use std::path::Path;
use std::time::{Duration, Instant};

use morphospace::config::{
    CodeUnits, Corruption, DataSource, ExtractorSource, LectureConfig, ModelKind, Noise, Sparsity, Split,
};
use morphospace::worker::protocol::*;
use tempfile::TempDir;

use crate::common::pictures::picture;
use crate::common::settings::config;
use crate::common::{folder_of_pictures, labelled_pictures, tiny_run};
use crate::npz::npz;
use crate::script::{Script, is_end};

/// Training that would take days.
fn endless(data: &Path, out: &Path) -> Job {
    Job::Train(TrainOrder { config: Box::new(config(data, &["--steps", "100000000"])), out: out.to_owned() })
}

fn until_training(script: &Script, job: JobId) {
    script.job_until(job, |event| match event {
        JobEvent::Steps(_) => Some(()),
        end if is_end(&end) => panic!("{end:?}"),
        _ => None,
    });
}

#[test]
fn a_training_job_tells_its_story_in_order() {
    let (data, out) = (folder_of_pictures(40), TempDir::new().unwrap());
    let config = config(data.path(), &["--model", "ae", "--steps", "12", "--validate-every", "6"]);
    let script = Script::start();
    let run = out.path().join("run");
    script.start_job(5, Job::Train(TrainOrder { config: Box::new(config), out: run.clone() }));
    let mut story = Vec::new();
    let end = script.job_until(5, |event| {
        story.push(event.clone());
        is_end(&event).then_some(event)
    });
    let JobEvent::Finished(JobResult::Trained(summary)) = end else { panic!("{end:?}") };
    assert_eq!((summary.steps, &summary.checkpoint), (12, &run.join("checkpoint.safetensors")));
    let JobEvent::Started { title } = &story[0] else { panic!("{story:?}") };
    assert!(title.starts_with("Training") && title.ends_with("AE"), "{title}");
    assert_eq!(story.iter().filter(|event| matches!(event, JobEvent::Started { .. })).count(), 1);
    let steps: Vec<_> = story
        .iter()
        .filter_map(|event| if let JobEvent::Steps(reports) = event { Some(reports) } else { None })
        .flatten()
        .map(|report| report.step)
        .collect();
    assert!(steps.iter().copied().eq(1..=12), "{steps:?}");
    assert!(story.iter().any(|event| matches!(event, JobEvent::Validation(report) if report.step == 12)));
    let saved = JobEvent::Saved { checkpoint: summary.checkpoint, step: 12 };
    assert!(story.contains(&saved));
    let opened = script.open_model(ModelSource::File(run));
    assert_eq!((opened.steps, opened.config.kind), (12, ModelKind::Ae));
}

#[test]
fn a_sparse_run_tells_its_sparsity_and_a_noisy_measurement_its_baseline() {
    let (data, out) = (folder_of_pictures(40), TempDir::new().unwrap());
    let script = Script::start();
    let run = out.path().join("run");
    let config = config(data.path(), &["--model", "sae", "--steps", "6", "--validate-every", "6"]);
    let work = Job::Train(TrainOrder { config: Box::new(config), out: run.clone() });
    script.start_job(1, work);
    let (mut steps, mut validations) = (0, 0);
    script.job_until(1, |event| {
        match &event {
            JobEvent::Steps(reports) => {
                for report in reports {
                    let sparsity = report.sparsity.expect("a step without its sparsity");
                    assert!((0.0..=1.0).contains(&sparsity.mean_activity) && sparsity.penalty > 0.0);
                    steps += 1;
                }
            }
            JobEvent::Validation(report) => {
                assert!(report.sparsity.is_some() && report.noisy_input.is_none());
                validations += 1;
            }
            _ => (),
        }
        is_end(&event).then_some(())
    });
    assert!(steps > 0 && validations > 0);
    let info = script.open_model(ModelSource::File(run.clone()));
    assert_eq!((info.config.kind, info.config.code_units), (ModelKind::Sae, CodeUnits::Sigmoid));
    assert_eq!(info.train.unwrap().sparsity, Some(Sparsity::USUAL), "what was not said is written down");
    let (activity, inactive) = info.latent.sparsity().unwrap();
    assert!((0.0..=1.0).contains(&activity) && (0.0..=1.0).contains(&inactive));

    let corruption = Corruption::Mask(0.5);
    let evaluate = |noise| {
        Job::Evaluate(EvaluationOrder {
            checkpoints: vec![run.clone()],
            data: DataSource::Folder(data.path().to_owned()),
            split: Split::All,
            noise,
            pca: false,
            likelihood_samples: None,
        })
    };
    script.start_job(2, evaluate(Some(Noise { corruption, seed: 1 })));
    let JobEvent::Finished(JobResult::Evaluated(rows)) = script.job_end(2) else { panic!("not evaluated") };
    let baseline = rows[0].noisy_input.unwrap();
    assert_eq!((rows[0].noise, baseline.n), (Some(corruption), 40));
    assert!(baseline.re > 0.01 && baseline.psnr < 20.0, "{baseline:?}");
    script.start_job(3, evaluate(None));
    let JobEvent::Finished(JobResult::Evaluated(clean)) = script.job_end(3) else { panic!("not evaluated") };
    assert_eq!((clean[0].noise, clean[0].noisy_input), (None, None));
    assert_ne!(clean[0].metrics, rows[0].metrics);
}

#[test]
fn questions_are_answered_while_a_model_trains() {
    let (data, out) = (folder_of_pictures(40), TempDir::new().unwrap());
    let mut script = Script::start();
    let model = script.open_tiny().id;
    script.start_job(1, endless(data.path(), &out.path().join("run")));
    until_training(&script, 1);
    for seed in 0..20 {
        let images = script.pictures(Slot::Samples, Query::Sample { model, count: 4, seed });
        assert_eq!(images.len(), 4);
    }
    until_training(&script, 1);
}

#[test]
fn a_cancelled_run_is_saved_and_goes_on() {
    let (data, out) = (folder_of_pictures(40), TempDir::new().unwrap());
    let run = out.path().join("run");
    let script = Script::start();
    script.start_job(1, endless(data.path(), &run));
    until_training(&script, 1);
    script.send(Command::Cancel(1));
    let mut saved = 0;
    let end = script.job_until(1, |event| {
        if let JobEvent::Saved { step, .. } = event {
            saved = step;
        }
        is_end(&event).then_some(event)
    });
    assert_eq!(end, JobEvent::Cancelled);
    assert!(saved > 0);
    let work =
        Job::Resume(ResumeOrder { run, changes: Changes { steps: Some(saved + 3), ..Changes::default() } });
    script.start_job(2, work);
    let end = script.job_end(2);
    let JobEvent::Finished(JobResult::Trained(summary)) = end else { panic!("{end:?}") };
    assert_eq!(summary.steps, saved + 3);
}

#[test]
fn each_job_ends_once_however_it_is_cancelled() {
    let (data, out) = (folder_of_pictures(40), TempDir::new().unwrap());
    let script = Script::start();
    for job in 1..=4 {
        let work = endless(data.path(), &out.path().join(job.to_string()));
        script.start_job(job, work);
    }
    until_training(&script, 1);
    let mut ends = Vec::new();
    for job in [3, 1, 3, 77] {
        script.send(Command::Cancel(job));
    }
    let mut note = |reply: &Reply| {
        if let Reply { to: Some(job), event: Event::Job(event) } = reply
            && is_end(event)
        {
            ends.push((*job, event.clone()));
        }
    };
    script.until_reply(|reply| {
        note(&reply);
        matches!(reply, Reply { to: Some(2), event: Event::Job(JobEvent::Steps(_)) }).then_some(())
    });
    script.send(Command::Shutdown);
    script.start_job(5, endless(data.path(), out.path()));
    script.finish().iter().for_each(&mut note);
    ends.sort_by_key(|(job, _)| *job);
    let wanted: Vec<_> = (1..=5).map(|job| (job, JobEvent::Cancelled)).collect();
    assert_eq!(ends, wanted);
    assert!(!out.path().join("3").exists(), "job 3 was cancelled before it began");
}

#[test]
fn shutting_down_takes_no_time_even_while_training() {
    let (data, out) = (folder_of_pictures(40), TempDir::new().unwrap());
    let run = out.path().join("run");
    let script = Script::start();
    let model = script.open_tiny().id;
    script.start_job(1, endless(data.path(), &run));
    until_training(&script, 1);
    let query = Query::Sample { model, count: 4096, seed: 0 };
    script.send(Command::Ask { slot: Slot::Samples, query });
    let grid = Export::Grid { images: vec![picture(8, 8, 0)], columns: 1, file: out.path().join("last.png") };
    script.send(Command::Export(grid));
    let began = Instant::now();
    let events = script.finish();
    let took = began.elapsed();
    assert!(took < Duration::from_secs(2), "it took {took:?}");
    assert_eq!(events.iter().filter(|reply| reply.event == Event::Stopped).count(), 3);
    assert!(out.path().join("last.png").exists(), "what was to be written is written");
    assert!(run.join("checkpoint.safetensors").exists());
}

#[test]
fn jobs_other_than_training_give_their_results() {
    let (data, other) = (folder_of_pictures(24), folder_of_pictures(20));
    let script = Script::start();
    let both = vec![tiny_run().to_owned(), tiny_run().to_owned()];
    let works = [
        Job::Evaluate(EvaluationOrder {
            checkpoints: both,
            data: DataSource::Folder(data.path().to_owned()),
            split: Split::All,
            noise: None,
            pca: true,
            likelihood_samples: None,
        }),
        Job::Compare(PairsOrder { a: data.path().to_owned(), b: other.path().to_owned() }),
        Job::Survey { source: DataSource::Folder(data.path().to_owned()) },
    ];
    for (job, work) in (1..).zip(works) {
        script.start_job(job, work);
    }
    let JobEvent::Finished(JobResult::Evaluated(rows)) = script.job_end(1) else { panic!("not evaluated") };
    assert_eq!((rows.len(), rows[0].metrics.n, rows[0].metrics), (3, 24, rows[1].metrics));
    assert!(rows[0].kl.is_some());
    // One size of code, so one PCA.
    let pca = &rows[2];
    assert_eq!((pca.kind, pca.kl, pca.metrics.n), (None, None, 24));
    assert!(pca.name.starts_with("PCA, ") && pca.metrics.psnr > rows[0].metrics.psnr, "{pca:?}");
    let JobEvent::Finished(JobResult::Compared { metrics, unmatched, .. }) = script.job_end(2) else {
        panic!("not compared")
    };
    assert_eq!((metrics.re, metrics.psnr, metrics.n, unmatched), (0.0, f64::INFINITY, 20, 4));
    let JobEvent::Finished(JobResult::Surveyed(survey)) = script.job_end(3) else { panic!("not surveyed") };
    assert_eq!(survey.images, 24);
}

#[test]
fn an_extractor_is_trained_assessed_and_held_against_distortions() {
    let (faces, out) = (labelled_pictures(200), TempDir::new().unwrap());
    let data = DataSource::Folder(faces.path().to_owned());
    let script = Script::start();
    let file = out.path().join("extractor.safetensors");
    let extractor = ExtractorSource::Embedded;
    let works = [
        Job::TrainExtractor(ExtractorOrder { data: data.clone(), out: file.clone(), steps: 2, seed: 1 }),
        Job::AssessExtractor { data: data.clone() },
        Job::MeasureDistances(DistanceOrder {
            data,
            others: Vec::new(),
            extractor,
            count: Some(40),
            k: 3,
            seed: 0,
        }),
        Job::TrainExtractor(ExtractorOrder {
            data: DataSource::BuiltinFaces,
            out: file.clone(),
            steps: 2,
            seed: 1,
        }),
    ];
    for (job, work) in (1..).zip(works) {
        script.start_job(job, work);
    }
    let mut told = 0;
    let trained = script.job_until(1, |event| {
        told += usize::from(matches!(event, JobEvent::Progress(_)));
        is_end(&event).then_some(event)
    });
    let JobEvent::Finished(JobResult::ExtractorMeasured(trained)) = trained else { panic!("{trained:?}") };
    assert!(told > 0 && file.is_file(), "it tells how far it is");
    let JobEvent::Finished(JobResult::ExtractorMeasured(embedded)) = script.job_end(2) else {
        panic!("not assessed")
    };
    let names = |report: &ExtractorReport| report.rows.iter().map(|r| r.name.clone()).collect::<Vec<_>>();
    assert_eq!((trained.n, names(&trained)), (embedded.n, names(&embedded)));
    let JobEvent::Finished(JobResult::DistancesMeasured(rows)) = script.job_end(3) else {
        panic!("not measured")
    };
    assert_eq!((rows[0].metrics.n_real, rows[0].metrics.n_generated), (Some(20), Some(20)));
    assert!(rows.len() > 5 && rows.iter().all(|row| row.metrics.features.starts_with("embedded-ffhq-64@")));
    let JobEvent::Failed { message } = script.job_end(4) else { panic!("trained on nothing") };
    assert!(message.contains("attributes.csv"), "{message}");
}

#[test]
fn a_comparison_of_statistics_is_left_while_it_is_computed() {
    let folder = TempDir::new().unwrap();
    let dim = 600;
    // A covariance without a pattern that a decomposition could be quick with.
    let sigma: Vec<f64> = (0..dim * dim)
        .map(|i| {
            let (row, column) = ((i / dim).max(i % dim), (i / dim).min(i % dim));
            if row == column { dim as f64 } else { ((row * 31 + column * 17) % 101) as f64 / 101.0 }
        })
        .collect();
    let file = folder.path().join("a.npz");
    npz(&file, &[("mu", "(600,)", &vec![0.5; dim]), ("sigma", "(600, 600)", &sigma)]);
    let script = Script::start();
    for job in [1, 2] {
        let order = ComparisonOrder { a: file.clone(), b: file.clone(), extractor: None, k: 3 };
        script.start_job(job, Job::CompareSets(order));
    }
    let measuring = |event| match event {
        JobEvent::Progress(progress) => progress.what.contains("covariances").then_some(()),
        _ => None,
    };
    script.job_until(1, measuring);
    script.send(Command::Cancel(1));
    assert_eq!(script.job_end(1), JobEvent::Cancelled);
    // The next one is not kept from its work by what was left.
    let JobEvent::Finished(JobResult::SetsCompared(found)) = script.job_end(2) else {
        panic!("not compared")
    };
    assert!(found.fid.abs() < 1e-6 * dim as f64, "{found:?}");
}

#[test]
fn a_job_that_cannot_be_done_says_why() {
    let empty = TempDir::new().unwrap();
    let script = Script::start();
    let missing = empty.path().join("nowhere");
    let works = [
        endless(&missing, &empty.path().join("run")),
        Job::Resume(ResumeOrder { run: missing.clone(), changes: Changes::default() }),
        Job::Evaluate(EvaluationOrder {
            checkpoints: vec![missing.clone()],
            data: DataSource::Folder(missing.clone()),
            split: Split::Test,
            noise: None,
            pca: false,
            likelihood_samples: None,
        }),
        Job::Compare(PairsOrder { a: missing.clone(), b: missing.clone() }),
        Job::Survey { source: DataSource::Folder(missing) },
    ];
    for (job, work) in (1..).zip(works) {
        script.start_job(job, work);
        let end = script.job_end(job);
        let JobEvent::Failed { message } = &end else { panic!("{end:?}") };
        assert!(message.contains("nowhere"), "{message}");
    }
}

#[test]
fn the_lecture_is_repeated_in_chapters_and_goes_on_after_it_was_cancelled() {
    let (data, out) = (folder_of_pictures(100), TempDir::new().unwrap());
    let lecture = LectureConfig {
        data: DataSource::Folder(data.path().to_owned()),
        out: out.path().join("lecture"),
        quick: true,
        steps: Some(4),
        image_size: None,
        latent_dim: Some(8),
        wide_latent_dim: Some(0),
        base_width: Some(4),
        augment: None,
        kl_weight: None,
        noise: Some(Corruption::Mask(0.25)),
        seed: 0,
        extractor: None,
        models: Vec::new(),
    };
    let work = Job::RepeatLecture(Box::new(lecture));
    let text = serde_json::to_string(&work).unwrap();
    assert_eq!(serde_json::from_str::<Job>(&text).unwrap(), work, "it could go over a pipe");
    let script = Script::start();
    script.start_job(1, work.clone());
    script.job_until(1, |event| matches!(event, JobEvent::Steps(_)).then_some(()));
    script.send(Command::Cancel(1));
    assert_eq!(script.job_end(1), JobEvent::Cancelled);

    script.start_job(2, work);
    let (mut chapters, mut runs) = (Vec::new(), 0);
    let end = script.job_until(2, |event| {
        match &event {
            JobEvent::Chapter(chapter) => chapters.push(chapter.title.clone()),
            JobEvent::Run(_) => runs += 1,
            _ => (),
        }
        is_end(&event).then_some(event)
    });
    let JobEvent::Finished(JobResult::LectureRepeated(report)) = end else { panic!("{end:?}") };
    assert_eq!((runs + 1, chapters.last().map(String::as_str)), (chapters.len(), Some("Measuring")));
    let noise = report.reconstruction.iter().find_map(|row| row.noise);
    assert_eq!(noise, Some(Corruption::Mask(0.25)));
    for file in &report.files {
        assert!(std::fs::read_to_string(file).unwrap().contains("29.85"), "{}", file.display());
    }
    assert!(script.open_model(ModelSource::File(out.path().join("lecture/vae"))).steps == 4);
}
