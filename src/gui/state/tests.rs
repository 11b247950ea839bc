//! The state driven by events and by what people do, with no window.

use std::sync::Arc;

use super::explore::Along;
use super::messages::Severity;
use super::*;
use crate::config::{
    DataSource, Easing, KeySource, ModelConfig, ModelKind, Timeline, WalkPath, WalkPlan, defaults,
};
use crate::image_buf::ImageBuf;
use crate::report::{Direction, DirectionMethod};
use crate::report::{LatentInfo, PixelMetrics};
use crate::worker::protocol::{
    Crop, JobEvent, PhotoInfo, Progress, Reconstruction, SparsityReport, StepReport,
};

/// A reply that answers nothing that was asked for.
fn unasked(event: Event) -> Reply {
    Reply { to: None, event }
}

fn reply(to: RequestId, event: Event) -> Reply {
    Reply { to: Some(to), event }
}

fn model(id: ModelId, name: &str) -> Reply {
    unasked(Event::ModelOpened(Box::new(ModelInfo {
        id,
        name: name.into(),
        source: ModelSource::Shipped(name.into()),
        config: ModelConfig { image_size: 32, latent_dim: 4, base_width: 8, ..defaults().model },
        latent: LatentInfo { effect: vec![0.1, 0.4, 0.2, 0.3], ..LatentInfo::unmeasured(4) },
        prior: None,
        steps: 10,
        train: None,
        parameters: 100,
        devices: Vec::new(),
        validation: None,
        directions: Vec::new(),
    })))
}

fn photo(id: u32, path: Option<&str>) -> Reply {
    let preview = ImageBuf::filled(8, 8, [9; 3]);
    let path = path.map(PathBuf::from);
    let name = format!("{id}.png");
    unasked(Event::PhotoOpened(PhotoInfo {
        id,
        name,
        path,
        width: 80,
        height: 80,
        preview,
        faces: None,
        content: 0,
        remembered: None,
    }))
}

fn image(level: u8) -> ImageBuf {
    ImageBuf::filled(32, 32, [level; 3])
}

fn opened() -> State {
    let mut state = State::default();
    state.apply(model(1, "one"));
    state
}

/// The questions asked since the last call.
fn asked(state: &mut State) -> Vec<(Slot, RequestId, Query)> {
    state.settle();
    let take = |effect| match effect {
        Effect::Send(Request { id, command: Command::Ask { slot, query } }) => Some((slot, id, query)),
        _ => None,
    };
    std::mem::take(&mut state.effects).into_iter().filter_map(take).collect()
}

/// Commands to the worker since the last call.
fn sent(state: &mut State) -> Vec<Command> {
    let take = |effect| match effect {
        Effect::Send(request) => Some(request.command),
        _ => None,
    };
    std::mem::take(&mut state.effects).into_iter().filter_map(take).collect()
}

fn request(asked: &[(Slot, RequestId, Query)], slot: Slot) -> RequestId {
    asked.iter().find(|(s, ..)| *s == slot).unwrap_or_else(|| panic!("{slot:?} not in {asked:?}")).1
}

fn answer(state: &mut State, slot: Slot, request: RequestId, level: u8) {
    state.apply(reply(request, Event::Answered { slot, answer: Answer::Images(vec![image(level)]) }));
}

fn shown(state: &State) -> Option<u8> {
    Some(state.explore()?.picture.as_ref()?.image.pixels()[0])
}

#[test]
fn an_opened_model_is_asked_for_everything_its_screen_shows_and_only_once() {
    let mut state = opened();
    let first = asked(&mut state);
    let slots: Vec<Slot> = first.iter().map(|(slot, ..)| *slot).collect();
    assert_eq!(slots, [Slot::Explore, Slot::Samples, Slot::Traversal]);
    assert_eq!(first[0].2, Query::Decode { model: 1, codes: vec![vec![0.0; 4]] });
    assert!(asked(&mut state).is_empty());
}

#[test]
fn old_answers_are_dropped() {
    let mut state = opened();
    let first = request(&asked(&mut state), Slot::Explore);
    state.explore_mut().unwrap().set(0, 1.0);
    let second = request(&asked(&mut state), Slot::Explore);
    state.explore_mut().unwrap().set(0, 2.0);
    let third = request(&asked(&mut state), Slot::Explore);
    answer(&mut state, Slot::Explore, second, 20);
    answer(&mut state, Slot::Explore, first, 10);
    assert_eq!(shown(&state), Some(20));
    answer(&mut state, Slot::Explore, third, 30);
    answer(&mut state, Slot::Explore, second, 20);
    assert_eq!(shown(&state), Some(30));
}

#[test]
fn an_answer_for_one_model_never_shows_on_another() {
    let mut state = opened();
    let first = request(&asked(&mut state), Slot::Explore);
    state.apply(model(2, "two"));
    assert_eq!(state.selected, Some(2));
    let second = request(&asked(&mut state), Slot::Explore);
    answer(&mut state, Slot::Explore, first, 10);
    assert_eq!(shown(&state), None);
    answer(&mut state, Slot::Explore, second, 20);
    assert_eq!(shown(&state), Some(20));
    state.select(1);
    assert_eq!(shown(&state), None);
}

#[test]
fn a_drag_asks_for_the_picture_each_time_and_for_the_row_at_its_end() {
    let mut state = opened();
    asked(&mut state);
    let other = (0..4).find(|dim| Along::Dim(*dim) != state.explore().unwrap().selected).unwrap();
    state.explore_mut().unwrap().begin_gesture();
    for step in 1..=3 {
        state.explore_mut().unwrap().set(other, step as f32);
        let slots: Vec<Slot> = asked(&mut state).iter().map(|(slot, ..)| *slot).collect();
        assert_eq!(slots, [Slot::Explore]);
    }
    state.explore_mut().unwrap().end_gesture();
    assert_eq!(asked(&mut state)[0].0, Slot::Traversal);
    assert!(state.explore_mut().unwrap().undo());
    let back = asked(&mut state);
    assert_eq!(back[0].2, Query::Decode { model: 1, codes: vec![vec![0.0; 4]] });
}

#[test]
fn moving_the_dimension_of_the_row_leaves_the_row() {
    let mut state = opened();
    asked(&mut state);
    let selected = state.explore().unwrap().selected;
    state.explore_mut().unwrap().set_along(selected, 1.5);
    let slots: Vec<Slot> = asked(&mut state).iter().map(|(slot, ..)| *slot).collect();
    assert_eq!(slots, [Slot::Explore]);
}

#[test]
fn every_open_model_reconstructs_a_photo() {
    let mut state = opened();
    state.apply(model(2, "two"));
    state.apply(photo(7, Some("/a.png")));
    assert_eq!(state.screen, Screen::Reconstruct);
    let questions = asked(&mut state);
    let crop = Crop::default();
    for id in [1, 2] {
        let query = Query::Reconstruct { model: id, photo: 7, crop, noise: None };
        assert!(questions.iter().any(|(slot, _, q)| *slot == Slot::Reconstruct(id) && *q == query));
    }
    let result = Reconstruction {
        input: image(1),
        noisy: None,
        output: image(2),
        difference: vec![0.0; 1024],
        code: vec![1.0, 2.0, 0.5, -1.0],
        metrics: PixelMetrics { re: 0.1, psnr: 10.0, ssim: 0.5, n: 1, identical: 0 },
        through_prior: None,
        residual: Vec::new(),
        trained_on: None,
    };
    let slot = Slot::Reconstruct(2);
    let request = request(&questions, slot);
    let answer = Answer::Reconstruction(Box::new(result));
    state.apply(reply(request, Event::Answered { slot, answer: answer.clone() }));
    assert_eq!(state.reconstruct.results.keys().copied().collect::<Vec<_>>(), [2]);
    state.explore_code(&[1.0, 2.0, 0.5, -1.0], Vec::new());
    assert_eq!(state.screen, Screen::Explore);
    assert_eq!(state.explore().unwrap().values(), [1.0, 2.0, 0.5, -1.0]);
    // What another photo made of it is not shown for this one.
    state.apply(photo(8, None));
    assert!(state.reconstruct.results.is_empty());
    state.apply(reply(request, Event::Answered { slot, answer }));
    assert!(state.reconstruct.results.is_empty());
}

#[test]
fn a_photo_opened_for_a_key_face_lands_there() {
    let mut state = opened();
    state.screen = Screen::Interpolate;
    state.open_photo("/b.png".into(), PhotoTarget::WalkKey(None));
    state.apply(Reply { to: Some(1), ..photo(3, Some("/b.png")) });
    assert_eq!(state.screen, Screen::Interpolate);
    assert_eq!(source(&state, 2), Source::Photo(3, Crop::default()));
    state.open_photo("/b2.png".into(), PhotoTarget::WalkKey(Some(1)));
    state.apply(Reply { to: Some(2), ..photo(5, Some("/b2.png")) });
    assert_eq!(source(&state, 0), Source::Photo(5, Crop::default()));
    state.apply(photo(4, Some("/c.png")));
    assert_eq!(state.screen, Screen::Reconstruct);
}

/// Where a key face of the walk comes from, by its place.
fn source(state: &State, at: usize) -> Source {
    state.walk.keys()[at].source.source.clone()
}

#[test]
fn a_walk_is_asked_for_once_its_key_faces_are_known() {
    let mut state = opened();
    state.screen = Screen::Interpolate;
    let first = asked(&mut state);
    let slots: Vec<Slot> = first.iter().map(|(slot, ..)| *slot).collect();
    assert_eq!(slots, [Slot::WalkKey(1, 1), Slot::WalkKey(1, 2)], "two draws");
    let answer = |state: &mut State, first: &[(Slot, RequestId, Query)], slot, code| {
        let answer = Answer::Samples { codes: vec![vec![code; 4]], images: vec![image(5)] };
        state.apply(reply(request(first, slot), Event::Answered { slot, answer }));
    };
    answer(&mut state, &first, Slot::WalkKey(1, 2), -1.0);
    assert!(asked(&mut state).is_empty() && !state.walk_is_ready());
    state.take_sliders_as_walk_key(Some(1));
    let sliders = asked(&mut state);
    assert_eq!(sliders[0].2, Query::Decode { model: 1, codes: vec![vec![0.0; 4]] });
    let images = Answer::Images(vec![image(6)]);
    let slot = Slot::WalkKey(1, 1);
    state.apply(reply(request(&sliders, slot), Event::Answered { slot, answer: images }));
    let film = asked(&mut state);
    let slots: Vec<Slot> = film.iter().map(|(slot, ..)| *slot).collect();
    assert_eq!(slots, [Slot::WalkFrame(1), Slot::WalkFilm(1)]);
    let codes =
        |timeline: &Timeline<Vec<f32>>| timeline.keys.iter().map(|key| key.source[0]).collect::<Vec<_>>();
    assert!(matches!(&film[1].2, Query::WalkFilm { timeline, .. } if codes(timeline) == [0.0, -1.0]));
    state.walk.position = 0.25;
    let moved = asked(&mut state);
    assert!(matches!(&moved[..], [(Slot::WalkFrame(1), _, Query::Walk { times, .. })] if times == &[0.25]));
    // While a key face is dragged only the pictures are asked for, and once it is let go their features.
    let is_measured = |asked: &[(Slot, RequestId, Query)]| {
        asked.iter().find_map(|(_, _, query)| match query {
            Query::WalkFilm { features, .. } => Some(*features),
            _ => None,
        })
    };
    state.walk.in_gesture = true;
    assert!(asked(&mut state).is_empty(), "a press alone changes nothing");
    state.walk.move_key(2, 0.9);
    assert_eq!(is_measured(&asked(&mut state)), Some(false));
    state.walk.in_gesture = false;
    assert_eq!(is_measured(&asked(&mut state)), Some(true));
    // Another model has other codes: the draw is asked for anew, the sliders are its own. The first keeps what it has.
    state.apply(model(2, "two"));
    assert!(!state.walk_is_ready());
    let anew = asked(&mut state);
    assert_eq!(anew[0].2, Query::Decode { model: 2, codes: vec![vec![0.0; 4]] });
    assert_eq!(anew[1].2, Query::Sample { model: 2, count: 1, seed: 2 });
    state.select(1);
    assert!(state.walk_is_ready() && asked(&mut state).is_empty());
    state.walk_beside(2, true);
    assert_eq!(state.walk_models().len(), 2);
    assert!(asked(&mut state).is_empty(), "it is being asked already");
    assert_eq!(state.ready_walks().len(), 1);
}

#[test]
fn models_that_cannot_go_the_walk_say_why() {
    let mut state = opened();
    state.screen = Screen::Interpolate;
    let plan = |source: KeySource| {
        let timeline =
            Timeline::evenly(vec![KeySource::Seed(1), source], Default::default(), Default::default(), false);
        unasked(Event::WalkOpened(Box::new(WalkPlan::new(timeline, 9, 1.0))))
    };
    state.apply(plan(KeySource::Code(vec![0.0; 7])));
    let problem = state.walk_problem(&state.models[0]).unwrap();
    assert!(problem.contains("7 numbers") && problem.contains("have 4"), "{problem}");
    assert_eq!(asked(&mut state).len(), 1, "the draw");
    state.apply(plan(KeySource::Photo { file: "/p.png".into(), crop: Crop::default() }));
    assert_eq!(state.walk_problem(&state.models[0]), None);
    state.models[0].config.kind = ModelKind::Dcgan;
    assert!(state.walk_problem(&state.models[0]).unwrap().contains("no encoder"));
    assert!(!state.walk_is_ready());
}

#[test]
fn a_walk_file_brings_its_photos_and_is_written_as_it_was() {
    let mut state = opened();
    let crop = Crop { center_x: 0.25, center_y: 0.5, size: 0.5, angle: 0.0 };
    let photo_of = |file: &str| KeySource::Photo { file: file.into(), crop };
    let sources =
        vec![photo_of("/a.png"), KeySource::Code(vec![0.5; 4]), photo_of("/bad.png"), photo_of("/a.png")];
    let mut timeline = Timeline::evenly(sources, WalkPath::Lerp, Easing::EaseIn, true);
    timeline.keys[1].time = 0.4;
    let plan = WalkPlan::new(timeline, 30, 4.0);
    state.looked("/faces.walk.json".into(), PathKind::File);
    assert_eq!(sent(&mut state), [Command::OpenWalk("/faces.walk.json".into())]);
    state.apply(reply(1, Event::WalkOpened(Box::new(plan.clone()))));
    assert_eq!(state.screen, Screen::Interpolate);
    let opening = [Command::OpenPhoto("/a.png".into()), Command::OpenPhoto("/bad.png".into())];
    assert_eq!(sent(&mut state), opening, "each once");
    assert_eq!(state.walk_plan().as_ref(), Ok(&plan), "also before they are there");
    state.apply(Reply { to: Some(2), ..photo(8, Some("/a.png")) });
    state.apply(reply(3, Event::Failed { message: "/bad.png is no image".into() }));
    assert_eq!([source(&state, 0), source(&state, 3)], [Source::Photo(8, crop), Source::Photo(8, crop)]);
    assert!(matches!(source(&state, 2), Source::Sample(_)), "a draw in its place");
    let mut now = state.walk_plan().unwrap();
    assert_eq!(now.timeline.keys.remove(2).source, KeySource::Seed(1));
    let mut before = plan;
    before.timeline.keys.remove(2);
    assert_eq!(now, before);
    assert_eq!(
        (state.screen, state.reconstruct.current),
        (Screen::Interpolate, None),
        "photos only join the list"
    );
}

#[test]
fn a_question_that_fails_is_a_banner_and_is_not_asked_again() {
    let mut state = opened();
    let request = request(&asked(&mut state), Slot::Explore);
    let failed = reply(request, Event::Failed { message: "no".into() });
    state.apply(failed.clone());
    state.apply(failed);
    assert_eq!(state.messages.banners.len(), 1);
    assert_eq!(state.messages.banners[0].times, 1);
    assert!(asked(&mut state).is_empty());
}

#[test]
fn banners_are_counted_and_bounded() {
    let mut state = State::default();
    let warning = |message: &str| reply(3, Event::Job(JobEvent::Warning { message: message.into() }));
    for _ in 0..3 {
        state.apply(warning("same"));
    }
    assert_eq!((state.messages.banners.len(), state.messages.banners[0].times), (1, 3));
    for index in 0..10 {
        state.apply(warning(&format!("n{index}")));
    }
    assert_eq!(state.messages.banners.len(), 4);
    assert_eq!(state.messages.banners[3].notice.message, "n9");
    state.apply(unasked(Event::Stopped));
    state.apply(unasked(Event::Stopped));
    assert!(state.messages.is_stopped);
    assert_eq!(state.messages.banners.iter().filter(|b| b.notice.severity == Severity::Error).count(), 1);
}

#[test]
fn a_job_is_followed_to_its_end() {
    let mut state = State::default();
    let news = |event| reply(3, Event::Job(event));
    state.apply(news(JobEvent::Started { title: "Training a VAE".into() }));
    state.apply(news(JobEvent::Progress(Progress {
        what: "Reading images".into(),
        done: 1500,
        total: 6000,
        rate: 100.0,
        seconds_left: 45.0,
    })));
    let line = state.messages.jobs[0].clone();
    assert_eq!(line.detail, "Reading images · 1,500 of 6,000");
    assert_eq!(line.part, Some(0.25));
    let step = StepReport {
        step: 12_400,
        steps: 31_000,
        reconstruction: 1.0,
        re: 0.01,
        kl: 1.0,
        kl_weight: 1.0,
        loss: 2.0,
        learning_rate: 1e-3,
        gradient_norm: 1.0,
        images_per_second: 640.4,
        seconds_left: 480.0,
        ..StepReport::default()
    };
    state.apply(news(JobEvent::Steps(vec![step])));
    assert_eq!(state.messages.jobs[0].detail, "step 12,400 of 31,000 · 640 images/s");
    let sparsity = SparsityReport { penalty: 1.0, mean_activity: 0.0523, inactive_share: 0.871 };
    state.apply(news(JobEvent::Steps(vec![StepReport { sparsity: Some(sparsity), ..step }])));
    let detail = &state.messages.jobs[0].detail;
    assert_eq!(detail, "step 12,400 of 31,000 · 640 images/s · activity 0.052, 87 % inactive");
    state.apply(news(JobEvent::Failed { message: "the disk is full".into() }));
    assert!(state.messages.jobs.is_empty());
    assert_eq!(state.messages.banners[0].notice.message, "the disk is full");
}

#[test]
fn lines_fade() {
    let mut messages = Messages::default();
    messages.tick(10.0);
    messages.say("Saved".into());
    assert_eq!(messages.line().map(|(text, opacity, _)| (text, opacity)), Some(("Saved", 1.0)));
    messages.tick(15.5);
    assert!(messages.line().is_some_and(|(_, opacity, _)| (0.4..0.6).contains(&opacity)));
    messages.tick(16.1);
    assert!(messages.line().is_none());
}

#[test]
fn a_folder_is_a_run_or_data_to_train_on() {
    let folder = tempfile::tempdir().unwrap();
    let mut state = State::default();
    let data = DataSource::Folder(folder.path().to_owned());
    state.looked(folder.path().to_owned(), PathKind::Folder);
    assert!(state.effects.is_empty());
    assert_eq!((state.screen, state.train.form.config().dataset.source), (Screen::Train, data));
    state.open_paths(vec!["builtin:faces".into()]);
    assert_eq!(state.train.form.config().dataset.source, DataSource::BuiltinFaces);
    state.looked(folder.path().to_owned(), PathKind::Run);
    let run = Command::OpenRun(folder.path().to_owned());
    assert_eq!(sent(&mut state), [run], "on the Train screen it is a run");
    state.screen = Screen::Explore;
    state.looked(folder.path().to_owned(), PathKind::Run);
    assert!(matches!(&sent(&mut state)[..], [Command::OpenModel(ModelSource::File(_))]));
    assert!(state.is_opening_model());
}

#[test]
fn arrays_of_pictures_are_data_and_no_features_whatever_they_are_called() {
    let mut state = State { screen: Screen::Train, ..State::default() };
    let array = PathBuf::from("/data/faces.npy");
    state.looked(array.clone(), PathKind::Arrays);
    assert_eq!(state.train.form.config().dataset.source, DataSource::Folder(array.clone()));

    state.looked(array.clone(), PathKind::File);
    assert_eq!(
        (state.screen, state.compare.mode),
        (Screen::Compare, compare::Mode::Sets),
        "features are a set"
    );
    state.looked(array.clone(), PathKind::File);
    let order = |state: &State| state.compare.two.order(&state.compare.form).unwrap();
    assert!(!order(&state).needs_extractor());
    // On the screen of two sets pictures take the place of the second, and something has to see them.
    state.looked(array, PathKind::Arrays);
    assert!(order(&state).needs_extractor() && order(&state).pairs().is_none());
}

#[test]
fn the_first_model_inside_the_program_stays_in_front() {
    let mut state = State::default();
    for name in ["one", "two"] {
        state.open_model_beside(ModelSource::Shipped(name.into()));
    }
    state.apply(Reply { to: Some(1), ..model(1, "one") });
    assert!(state.is_opening_model());
    state.apply(Reply { to: Some(2), ..model(2, "two") });
    assert_eq!((state.selected, state.models.len(), state.is_opening_model()), (Some(1), 2, false));
    // Opened again it takes the place of the old one.
    state.open_model(ModelSource::Shipped("one".into()));
    sent(&mut state);
    state.apply(Reply { to: Some(3), ..model(3, "one") });
    assert_eq!((state.selected, state.models.len()), (Some(3), 2));
    assert!(!state.explores.contains_key(&1));
    assert_eq!(sent(&mut state), [Command::CloseModel(1)]);
}

#[test]
fn a_failure_ends_the_waiting_of_what_it_is_about_only() {
    let mut state = State::default();
    state.open_model(ModelSource::Shipped("one".into()));
    state.open_model(ModelSource::File("/two".into()));
    state.screen = Screen::Interpolate;
    state.open_photo("/bad.png".into(), PhotoTarget::WalkKey(Some(1)));
    let failed = |id| reply(id, Event::Failed { message: format!("{id} failed") });
    state.apply(failed(3));
    assert!(state.is_opening_model());
    state.apply(failed(2));
    assert!(state.is_opening_model(), "the other is still on its way");
    // A good photo is shown, not taken for the end of the walk that the bad one was to be.
    state.open_photo("/bad.png".into(), PhotoTarget::Reconstruct);
    state.apply(Reply { to: Some(4), ..photo(7, Some("/bad.png")) });
    assert_eq!((state.screen, state.reconstruct.current), (Screen::Reconstruct, Some(7)));
    assert!(state.walk.keys().is_empty());
    state.apply(failed(1));
    assert!(!state.is_opening_model());
    assert_eq!(state.messages.banners.len(), 3);
}

#[test]
fn a_closed_model_gives_its_place_to_its_neighbour_and_its_answers_are_not_waited_for() {
    let mut state = opened();
    state.apply(model(2, "two"));
    state.apply(model(3, "three"));
    state.select(2);
    let before = asked(&mut state);
    state.close_model(2);
    assert_eq!((state.selected, state.models.len()), (Some(3), 2));
    assert_eq!(sent(&mut state), [Command::CloseModel(2)]);
    for (_, request, _) in before {
        state.apply(reply(request, Event::Failed { message: "model 2 is not open".into() }));
    }
    assert!(state.messages.banners.is_empty(), "{:?}", state.messages.banners);
    assert!(asked(&mut state).iter().any(|(slot, ..)| *slot == Slot::Explore));
    state.close_model(3);
    assert_eq!(state.selected, Some(1), "the last one left");
    state.close_model(1);
    assert_eq!((state.selected, state.models.len()), (None, 0));
    assert!(asked(&mut state).is_empty());
}

#[test]
fn a_photo_opened_again_takes_the_place_of_the_old_one_everywhere() {
    let mut state = opened();
    state.apply(photo(3, Some("/b.png")));
    state.take_photo_as_walk_end(1);
    sent(&mut state);
    state.apply(photo(4, Some("/b.png")));
    assert_eq!(sent(&mut state), [Command::ClosePhoto(3)]);
    assert_eq!(source(&state, 1), Source::Photo(4, Crop::default()));
    assert_eq!((state.reconstruct.photos.len(), state.reconstruct.current), (1, Some(4)));
}

#[test]
fn pictures_beneath_a_table_have_the_noise_that_was_measured_with() {
    let mut state = opened();
    state.apply(photo(7, None));
    state.reconstruct.noise = Some(crate::config::Corruption::Gaussian(0.2));
    let noise_of = |asked: Vec<(Slot, RequestId, Query)>| {
        asked.into_iter().find_map(|(_, _, query)| match query {
            Query::Reconstruct { noise, .. } => Some(noise),
            _ => None,
        })
    };
    state.screen = Screen::Reconstruct;
    assert!(matches!(noise_of(asked(&mut state)), Some(Some(_))));
    state.screen = Screen::Compare;
    let order = compare::order::ModelsOrder::new(&state.compare.form, Vec::new());
    state.compare.pixels = Some(compare::order::Measured::now(Arc::new(order), Vec::new()));
    assert_eq!(noise_of(asked(&mut state)), Some(None), "not the noise of another screen");
}

#[test]
fn directions_are_renamed_and_removed_and_kept_with_the_model() {
    let mut state = opened();
    let direction = |name: &str| Direction {
        name: name.into(),
        method: DirectionMethod::Yours,
        vector: vec![1.0; 4],
        quality: None,
        variance: None,
        range: None,
    };
    state.add_directions(1, vec![direction("smile"), direction("age")]);
    state.rename_direction(1, "AGE of the face");
    state.rename_direction(0, "age of the FACE");
    state.rename_direction(0, " ");
    state.add_directions(1, vec![direction("Smile"), direction("glasses")]);
    state.remove_direction(0);
    let kept: Vec<Vec<String>> = state
        .effects
        .drain(..)
        .filter_map(|effect| match effect {
            Effect::Send(Request { command: Command::SaveDirections { model: 1, directions }, .. }) => {
                Some(directions.into_iter().map(|direction| direction.name).collect())
            }
            _ => None,
        })
        .collect();
    assert_eq!(kept.len(), 4, "names that are empty or taken change nothing");
    assert_eq!(kept[3], ["AGE of the face", "glasses"]);
}
