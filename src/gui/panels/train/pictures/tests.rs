//! The pictures of a run, found by role and label as a screen reader finds them.

use eframe::egui::accesskit::{Role, Toggled};
use eframe::egui::{Ui, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT, Queryable};

use crate::config::ModelKind;
use crate::gui::state::train::insight::Insight;
use crate::gui::state::train::timeline::Stop;
use crate::gui::state::train::{View, samples};
use crate::gui::state::{Effect, Screen, State};
use crate::gui::textures::Textures;
use crate::gui::theme;
use crate::image_buf::ImageBuf;
use crate::worker::protocol::{
    Answer, Command, Control, Crop, Event, JobEvent, PhotoInfo, Query, Reply, Request, RunHistory, Slot,
    Watched,
};

type Window = Harness<'static, (State, Textures)>;

fn window() -> Window {
    let mut state = State::default();
    let run = samples::run(&mut state.train, ModelKind::Vae, 6);
    run.job = Some(7);
    state.screen = Screen::Train;
    state.train.view = View::Pictures;
    let mut is_dressed = false;
    let show = move |ui: &mut Ui, (state, textures): &mut (State, Textures)| {
        // Typefaces come with the next frame.
        if !std::mem::replace(&mut is_dressed, true) {
            return theme::install(ui.ctx());
        }
        super::show(ui, state, textures);
        state.settle();
        textures.end_frame();
    };
    let mut window =
        Harness::builder().with_size(vec2(700.0, 640.0)).build_ui_state(show, (state, Textures::default()));
    window.run_steps(3);
    window
}

fn tell(window: &mut Window, event: JobEvent) {
    window.state_mut().0.train.run_mut().unwrap().apply(&event);
    window.run_steps(3);
}

fn pictures(window: &mut Window, step: usize, photos: usize, pinned: usize) {
    tell(window, JobEvent::Pictures(Box::new(samples::pictures(step, photos, pinned))));
}

fn click(window: &mut Window, label: &str) {
    window.get_by_role_and_label(Role::Button, label).click();
    window.run_steps(3);
}

fn requests(window: &mut Window) -> Vec<Request> {
    let effects = std::mem::take(&mut window.state_mut().0.effects).into_iter();
    effects
        .filter_map(|effect| if let Effect::Send(request) = effect { Some(request) } else { None })
        .collect()
}

fn commands(window: &mut Window) -> Vec<Command> {
    requests(window).into_iter().map(|request| request.command).collect()
}

fn stop(window: &Window) -> Stop {
    window.state().0.train.run().unwrap().insight.timeline.stop().unwrap()
}

fn is_live(window: &Window) -> bool {
    let button = window.get_by_role_and_label(Role::Button, "Live").accesskit_node();
    button.toggled() == Some(Toggled::True)
}

#[test]
fn photos_reconstructions_and_draws_follow_the_run() {
    let mut window = window();
    assert!(window.query_by_label("Validation photos").is_none(), "nothing is there yet");
    pictures(&mut window, 100, 0, 0);
    window.get_by_role_and_label(Role::Image, "Photo 8");
    window.get_by_role_and_label(Role::Image, "Reconstruction 1");
    window.get_by_role_and_label(Role::Image, "Sample row 2 8");
    assert!(window.query_by_role_and_label(Role::Image, "Noisy input 1").is_none());
    window.get_by_label("after step 100");
    let mut noisy = samples::pictures(1200, 0, 0);
    noisy.inputs = noisy.originals.clone();
    tell(&mut window, JobEvent::Pictures(Box::new(noisy)));
    window.get_by_label("after step 1,200");
    window.get_by_role_and_label(Role::Image, "Noisy input 1");
}

#[test]
fn the_scrubber_looks_back_plays_and_comes_back_to_live() {
    let mut window = window();
    (1..=4).for_each(|step| pictures(&mut window, step * 100, 0, 0));
    assert!(is_live(&window) && stop(&window) == Stop::Frame(400));
    window.get_by_role_and_label(Role::Slider, "Moment of the run").set_value_accesskit(1.0);
    window.run_steps(3);
    window.get_by_label("looking back, step 200");
    pictures(&mut window, 500, 0, 0);
    assert!(!is_live(&window) && stop(&window) == Stop::Frame(200), "the past stays in front");
    click(&mut window, "Play the pictures");
    window.get_by_role_and_label(Role::Button, "Pause the pictures");
    window.run_steps(60);
    assert!(is_live(&window) && stop(&window) == Stop::Frame(500), "at the end it is live again");
    window.get_by_role_and_label(Role::Slider, "Moment of the run").set_value_accesskit(0.0);
    window.run_steps(3);
    click(&mut window, "Live");
    assert!(is_live(&window));
}

#[test]
fn a_run_from_disk_shows_its_sheets() {
    let mut window = window();
    let history = RunHistory { sheets: vec![1000, 2000], ..samples::history() };
    window.state_mut().0.train.run_mut().unwrap().insight.load(&Insight::from_history(&history));
    window.run_steps(3);
    let folder = window.state().0.train.run().unwrap().folder.clone();
    let asked = |window: &mut Window| match requests(window).as_slice() {
        [Request { id, command: Command::Ask { slot: Slot::Sheet, query: Query::Sheet { run, step } } }] => {
            (*id, run.clone(), *step)
        }
        other => panic!("{other:?}"),
    };
    let (request, run, step) = asked(&mut window);
    assert_eq!((run, step), (folder, 2000));
    let image = ImageBuf::filled(40, 30, [9; 3]);
    let answer = Answer::Images(vec![image]);
    let reply = Reply { to: Some(request), event: Event::Answered { slot: Slot::Sheet, answer } };
    window.state_mut().0.apply(reply);
    window.run_steps(3);
    assert!(commands(&mut window).is_empty(), "what is there is not asked for again");
    let sheet = window.get_by_role_and_label(Role::Image, "Saved sheet of pictures").rect();
    assert!((sheet.width() / sheet.height() - 40.0 / 30.0).abs() < 0.01, "{sheet:?}");

    window.get_by_role_and_label(Role::Slider, "Moment of the run").set_value_accesskit(0.0);
    window.run_steps(3);
    window.get_by_label("saved sheet, step 1,000");
    let (request, _, step) = asked(&mut window);
    assert_eq!(step, 1000);
    let message = "the sheet is gone".to_owned();
    window.state_mut().0.apply(Reply { to: Some(request), event: Event::Failed { message } });
    window.run_steps(3);
    assert_eq!(stop(&window), Stop::Sheet(2000), "a sheet that cannot be read is not stood at");
}

#[test]
fn a_photo_and_a_code_are_watched_and_removed() {
    let mut window = window();
    pictures(&mut window, 100, 0, 0);
    let disabled = |window: &Window, label: &str| {
        window.get_by_role_and_label(Role::Button, label).accesskit_node().is_disabled()
    };
    assert!(disabled(&window, "Add the open photo") && disabled(&window, "Add the code of Explore"));
    let event = Event::PhotoOpened(PhotoInfo {
        id: 3,
        name: "me.jpg".into(),
        path: None,
        width: 30,
        height: 20,
        preview: ImageBuf::filled(30, 20, [1; 3]),
        faces: None,
        content: 0,
        remembered: None,
    });
    window.state_mut().0.apply(Reply { to: None, event });
    samples::open_model(&mut window.state_mut().0, 6);
    window.state_mut().0.screen = Screen::Train;
    window.run_steps(3);
    commands(&mut window);

    click(&mut window, "Add the open photo");
    let watch = |photos: Vec<(u32, Crop)>, codes: Vec<Vec<f32>>| {
        vec![Command::Control { job: 7, control: Control::Watch(Watched { photos, codes }) }]
    };
    let photo = (3, Crop::default());
    assert_eq!(commands(&mut window), watch(vec![photo], Vec::new()));
    assert!(disabled(&window, "Add the open photo"), "it is watched already");
    window.get_by_label("me.jpg");
    click(&mut window, "Add the code of Explore");
    let code = window.state().0.explore().unwrap().code();
    assert_eq!(commands(&mut window), watch(vec![photo], vec![code.clone()]));
    pictures(&mut window, 200, 1, 1);
    for image in ["Added photo 1 in", "Added photo 1 out", "Added code 1"] {
        window.get_by_role_and_label(Role::Image, image);
    }

    window.get_by_role_and_label(Role::Slider, "Moment of the run").set_value_accesskit(0.0);
    window.run_steps(3);
    assert!(window.query_by_label("Remove added photo 1").is_none(), "the past cannot be changed");
    click(&mut window, "Live");
    click(&mut window, "Remove added photo 1");
    assert_eq!(commands(&mut window), watch(Vec::new(), vec![code]));
    assert!(window.query_by_label("Added photo 1 in").is_none());
    click(&mut window, "Remove added code 1");
    assert_eq!(commands(&mut window), watch(Vec::new(), Vec::new()));
}

#[test]
fn a_code_of_another_length_cannot_be_pinned_nor_anything_in_a_run_that_is_over() {
    let mut window = window();
    pictures(&mut window, 100, 0, 0);
    samples::open_model(&mut window.state_mut().0, 5);
    window.run_steps(3);
    let disabled = |window: &Window| {
        let button = window.get_by_role_and_label(Role::Button, "Add the code of Explore");
        button.accesskit_node().is_disabled()
    };
    assert!(disabled(&window));
    samples::open_model(&mut window.state_mut().0, 6);
    window.run_steps(3);
    assert!(!disabled(&window));
    window.state_mut().0.train.run_mut().unwrap().job = None;
    window.run_steps(3);
    assert!(disabled(&window));
}
