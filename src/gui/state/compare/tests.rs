//! The Compare screen's state, with no window.

use std::path::Path;

use super::form::ExtractorChoice;
use super::sets::{SetKind, SetSide};
use super::sheet::{RowKind, RowRole, Sheet, SheetRow, Sort};
use super::*;
use crate::config::{DataSource, ModelConfig, ModelKind, Split, defaults};
use crate::gui::state::{Effect, Save, Settings, State};
use crate::report::quantities::PSNR;
use crate::report::{LatentInfo, PixelMetrics};
use crate::table::TableFormat;
use crate::worker::protocol::{
    Command, Event, Export, Job, JobEvent, JobResult, KeptTable, ModelInfo, ModelSource, Reply,
    SmoothnessReport, SmoothnessRow, TableKind,
};

fn model() -> Event {
    Event::ModelOpened(Box::new(ModelInfo {
        id: 1,
        name: "a vae".into(),
        source: ModelSource::File("vae".into()),
        config: ModelConfig { image_size: 32, latent_dim: 4, base_width: 8, ..defaults().model },
        latent: LatentInfo::unmeasured(4),
        prior: None,
        steps: 10,
        train: None,
        parameters: 100,
        devices: Vec::new(),
        validation: None,
        directions: Vec::new(),
    }))
}

fn evaluated() -> JobEvent {
    JobEvent::Finished(JobResult::Evaluated(vec![EvaluationRow {
        name: "vae".into(),
        kind: Some(ModelKind::Vae),
        prior: None,
        split: Split::Test,
        metrics: PixelMetrics { re: 0.01, psnr: 20.0, ssim: 0.5, n: 7, identical: 0 },
        likelihood: None,
        kl: None,
        sparsity: None,
        noise: None,
        noisy_input: None,
        trained_on: None,
        foreign: None,
    }]))
}

#[test]
fn tables_are_saved_in_the_format_that_was_chosen() {
    let mut state = State::default();
    state.screen = crate::gui::state::Screen::Compare;
    state.apply(Reply { to: None, event: model() });
    state.measure_models();
    state.apply(Reply { to: Some(1), event: Event::Job(evaluated()) });
    state.effects.clear();
    for (format, file) in [
        (TableFormat::Markdown, "/out/table.md"),
        (TableFormat::Csv, "/out/table.csv"),
        (TableFormat::Latex, "/out/table.tex"),
    ] {
        state.save_to(Save::Results(format), "/out/table".into());
        let effects = std::mem::take(&mut state.effects);
        let [Effect::Send(request)] = &effects[..] else { panic!("{effects:?}") };
        let Command::Export(Export::Results { tables, file: written }) = &request.command else {
            panic!("{request:?}")
        };
        assert_eq!(written, Path::new(file));
        assert_eq!((tables.len(), tables[0].rows.len(), tables[0].columns.len()), (1, 1, 5));
    }
}

#[test]
fn numbers_of_training_images_say_so_on_the_screen_and_in_every_file() {
    let measured = |trained_on: Option<usize>| {
        let JobEvent::Finished(JobResult::Evaluated(mut rows)) = evaluated() else { panic!() };
        rows[0].trained_on = trained_on;
        let mut state = State::default();
        state.screen = crate::gui::state::Screen::Compare;
        state.apply(Reply { to: None, event: model() });
        state.measure_models();
        let event = Event::Job(JobEvent::Finished(JobResult::Evaluated(rows)));
        state.apply(Reply { to: Some(1), event });
        state.effects.clear();
        state.save_to(Save::Results(TableFormat::Csv), "/out/table".into());
        let effects = std::mem::take(&mut state.effects);
        let [Effect::Send(request)] = &effects[..] else { panic!("{effects:?}") };
        let Command::Export(Export::Results { tables, .. }) = &request.command else { panic!("{request:?}") };
        tables[0].clone()
    };
    let known = measured(Some(3));
    let texts = TableFormat::ALL.map(|format| crate::table::render(std::slice::from_ref(&known), format));
    assert!(texts.iter().all(|text| text.contains("Trained on")), "{texts:?}");
    let sentence = "3 of 7 were training images of this model";
    assert_eq!(texts.map(|text| text.contains(sentence)), [true, false, true], "CSV has the column alone");
    for nothing_to_say in [None, Some(0)] {
        let table = measured(nothing_to_say);
        assert!(table.columns.iter().all(|column| column.title != "Trained on"));
        assert!(table.notes.iter().all(|note| !note.contains("training images")), "{:?}", table.notes);
    }
}

#[test]
fn a_model_of_other_pictures_says_so_beside_its_numbers() {
    let JobEvent::Finished(JobResult::Evaluated(mut rows)) = evaluated() else { panic!() };
    rows[0].foreign = Some(DataSource::Folder("ffhq".into()));
    rows.push(EvaluationRow { name: "ae".into(), ..rows[0].clone() });
    let order = ModelsOrder::new(&CompareForm::default(), Vec::new());
    let sheet = pixels::sheet(&Measured::now(order.into(), rows), &CompareForm::default());
    let note = "vae, ae: trained on ffhq, pictures of another kind than these";
    assert!(sheet.notes.iter().any(|said| said.starts_with(note)), "{:?}", sheet.notes);
}

#[test]
fn what_is_measured_is_remembered() {
    let mut form = CompareForm { split: Split::Validation, k: 5, ..CompareForm::default() };
    form.data = DataSource::Folder("/photos".into());
    form.take_weights(ExtractorChoice::Inception, "/weights.pth".into());
    form.tick(&"a run".into(), false);
    let stored = serde_json::to_string(&form.remembered()).unwrap();
    assert_eq!(serde_json::from_str::<CompareForm>(&stored).unwrap(), form);
    assert!(!form.is_ticked(&"a run".into()) && form.is_ticked(&"another".into()));
    // Settings from before there was this screen are read.
    assert_eq!(serde_json::from_str::<Settings>("{}").unwrap(), Settings::default());
}

#[test]
fn two_sets_are_remembered() {
    let mut two = TwoSets::default();
    two.choose(SetSide::A, "/sets/a".into(), SetKind::Images);
    two.choose(SetSide::B, "/sets/b.npz".into(), SetKind::ByName);
    two.arrays_mut(SetSide::B).unwrap().push_str("mean,cov");
    let settings = Settings { compare_mode: Mode::Sets, two_sets: two.remembered(), ..Settings::default() };
    let stored = serde_json::to_string(&settings).unwrap();
    let found: Settings = serde_json::from_str(&stored).unwrap();
    assert_eq!(found, settings);
    let mut again = TwoSets::default();
    again.restore(&found.two_sets);
    let form = CompareForm::default();
    assert_eq!(again.order(&form), two.order(&form));
    assert_eq!(again.order(&form).unwrap().b, Path::new("/sets/b.npz:mean,cov"));
}

#[test]
fn rows_without_a_number_come_last_and_only_measured_ones_are_best() {
    let row = |name: &str, value: f64, role| SheetRow {
        name: name.into(),
        facts: String::new(),
        help: Vec::new(),
        role,
        cells: vec![value.into()],
    };
    let sheet = Sheet {
        title: "Test",
        caption: String::new(),
        rows_are: RowKind::Model,
        heads: vec![PSNR],
        rows: vec![
            row("lecture", 99.0, RowRole::Lecture),
            row("none", f64::NAN, RowRole::Measured),
            row("noisy", 40.0, RowRole::Baseline),
            row("low", 10.0, RowRole::Measured),
            row("high", f64::INFINITY, RowRole::Measured),
        ],
        notes: Vec::new(),
    };
    let names = |sheet: &Sheet| sheet.rows.iter().map(|row| row.name.clone()).collect::<Vec<_>>();
    let psnr = Sort::clicked(None, Some("psnr"));
    let sorted = sheet.clone().sorted(Some(psnr));
    assert_eq!(names(&sorted), ["high", "noisy", "low", "none", "lecture"]);
    let reversed = sheet.clone().sorted(Some(Sort::clicked(Some(psnr), Some("psnr"))));
    assert_eq!(names(&reversed), ["low", "noisy", "high", "none", "lecture"]);
    let by_name = sheet.clone().sorted(Some(Sort::clicked(Some(psnr), None)));
    assert_eq!(names(&by_name), ["high", "low", "noisy", "none", "lecture"]);
    let best: Vec<_> =
        sheet.rows.iter().filter(|row| sheet.is_best(row, 0, &sheet.best())).map(|row| &row.name).collect();
    assert_eq!(best, ["high"]);
    let written = sheet.results(Some("A yardstick"));
    assert_eq!(written.rows[0][0], "lecture (lecture)".into());
    assert_eq!(written.notes, ["", "A yardstick"]);
    // Nothing is best where all are the same.
    let one = Sheet { rows: vec![row("only", 1.0, RowRole::Measured); 2], ..sheet };
    assert!(!one.is_best(&one.rows[0], 0, &one.best()));
    // Nor is one of two numbers that read the same better than the other.
    let marked = |values: [f64; 3]| {
        let rows = values.map(|value| row("row", value, RowRole::Measured)).into();
        let sheet = Sheet { rows, ..one.clone() };
        sheet.rows.iter().map(|row| sheet.is_best(row, 0, &sheet.best())).collect::<Vec<_>>()
    };
    assert_eq!(marked([24.836, 24.838, 20.0]), [true, true, false]);
    assert_eq!(marked([24.836, 24.838, f64::NAN]), [false; 3]);
    assert_eq!(marked([f64::NAN; 3]), [false; 3]);
}

#[test]
fn smoothness_is_measured_if_it_is_wanted_and_its_verdict_stands_beneath_the_table() {
    let mut state = State::default();
    state.screen = crate::gui::state::Screen::Compare;
    state.apply(Reply { to: None, event: model() });
    let jobs = |state: &mut State| -> Vec<(u64, Job)> {
        let started = |effect| match effect {
            Effect::Send(request) => match request.command {
                Command::Start(job) => Some((request.id, job)),
                _ => None,
            },
            _ => None,
        };
        state.effects.drain(..).filter_map(started).collect()
    };
    assert_eq!(state.compare_order().smoothness(), None, "it takes a minute: nobody has asked");
    state.compare.form.smoothness = true;
    state.measure_models();
    let jobs = jobs(&mut state);
    let wanted = jobs.iter().find(|(_, job)| matches!(job, Job::MeasureSmoothness(_))).unwrap().0;
    let row = SmoothnessRow {
        name: "vae".into(),
        kind: ModelKind::Vae,
        prior: None,
        draws: true,
        path_length: Some(500.0),
        change: 0.001,
        variation: 0.2,
        largest: 1.5,
        unlike: 0.25,
        nearest: 9.0,
        walks: 20,
        n: 200,
    };
    let report = SmoothnessReport {
        features: "eyes".into(),
        rows: vec![row],
        threshold: 12.0,
        real: 3603,
        held_out: 202,
        verdict: vec!["It is as it is.".into()],
        sheet: None,
    };
    let result = JobResult::SmoothnessMeasured(Box::new(report));
    state.apply(Reply { to: Some(wanted), event: Event::Job(JobEvent::Finished(result)) });
    let sheet = state.compare.smoothness_sheet().unwrap();
    assert_eq!(
        (sheet.rows[0].name.as_str(), &sheet.notes[..]),
        ("a vae", &["It is as it is.".to_owned()][..])
    );
    let unlike = sheet.heads.iter().position(|head| head.column == "unlike").unwrap();
    assert_eq!(sheet.shown(&sheet.rows[0], unlike), "25.0");
    assert!(state.compare.results().iter().any(|table| table.title == "Smoothness"));
}

/// A state that keeps tables, with a model.
fn keeping() -> State {
    let mut state = State::default();
    state.screen = crate::gui::state::Screen::Compare;
    state.apply(Reply { to: None, event: model() });
    state.keep_tables();
    state.list_tables();
    state
}

fn commands(state: &mut State) -> Vec<Command> {
    let sent = |effect| if let Effect::Send(request) = effect { Some(request.command) } else { None };
    state.effects.drain(..).filter_map(sent).collect()
}

/// The reconstructions of a start, as they were kept.
fn kept_table() -> KeptTable {
    let mut state = keeping();
    assert!(commands(&mut state).contains(&Command::ListTables));
    state.list_tables();
    state.measure_models();
    assert!(!commands(&mut state).contains(&Command::ListTables), "once");
    // The model and the tables were asked for before.
    let job = state.compare.pending[0].job;
    state.apply(Reply { to: Some(job), event: Event::Job(evaluated()) });
    let Some(Command::KeepTable { kind, models, content }) = commands(&mut state).pop() else { panic!() };
    assert_eq!((kind, &models[..]), (TableKind::Reconstructions, &["vae".into()][..]));
    KeptTable { kind, content, models, hashes: vec![1], when: 1000, changed: Vec::new() }
}

#[test]
fn tables_are_there_at_the_next_start_and_know_their_age_and_changed_models() {
    let kept = kept_table();
    let mut state = keeping();
    state.apply(Reply { to: None, event: Event::KeptTables(vec![kept.clone()]) });
    let measured = state.compare.pixels.as_ref().unwrap();
    assert_eq!((measured.since(), measured.changed()), (Some(1000), None));
    let sheet = state.compare.pixels_sheet().unwrap();
    assert_eq!((sheet.rows[0].name.as_str(), sheet.shown(&sheet.rows[0], 1).as_str()), ("a vae", "20.00"));
    let mut state = keeping();
    let changed = KeptTable { changed: vec!["vae".into()], ..kept.clone() };
    state.apply(Reply { to: None, event: Event::KeptTables(vec![changed]) });
    let sheet = state.compare.pixels_sheet().unwrap();
    assert!(sheet.notes.iter().any(|note| note.contains("a vae. Measure again")), "{:?}", sheet.notes);
    // What was measured since the start is newer.
    state.measure_models();
    let job = state.compare.pending[0].job;
    state.apply(Reply { to: Some(job), event: Event::Job(evaluated()) });
    state.apply(Reply { to: None, event: Event::KeptTables(vec![kept]) });
    assert_eq!(state.compare.pixels.as_ref().unwrap().since(), None);
}

#[test]
fn kept_tables_of_another_order_or_that_nobody_understands_are_passed_over() {
    let kept = kept_table();
    let draws = KeptTable { kind: TableKind::Draws, when: 2000, ..kept.clone() };
    let mut state = keeping();
    // Rows of one kind under the name of another.
    state.apply(Reply { to: None, event: Event::KeptTables(vec![kept.clone(), draws]) });
    assert!(state.compare.pixels.is_some() && state.compare.draws.is_none());
    for content in ["", "{", "[]", "[{}, []]", "[null, null]"] {
        let mut state = keeping();
        let damaged = KeptTable { content: content.into(), ..kept.clone() };
        state.apply(Reply { to: None, event: Event::KeptTables(vec![damaged]) });
        assert!(state.compare.measured_order().is_none(), "{content}");
    }
    // Measured later, on other images: the older table must not stand beside it.
    let other = kept.content.replacen("\"seed\":0", "\"seed\":7", 1);
    assert_ne!(other, kept.content);
    let newer = KeptTable { kind: TableKind::Smoothness, content: other, when: 2000, ..kept.clone() };
    let mut state = keeping();
    state.apply(Reply { to: None, event: Event::KeptTables(vec![kept, newer]) });
    assert!(state.compare.pixels.is_none());
}
