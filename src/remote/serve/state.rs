//! State of a server: its windows and what waits for each, who gives the commands, what the jobs have told.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::journal::{Journal, is_for_all};
use super::outgoing::Outgoing;
use crate::error::Result;
use crate::remote::frames;
use crate::remote::messages::{Attach, ServerId, ToWindow, WindowId, window_of};
use crate::worker::protocol::{
    AtlasId, CacheRequest, Command, DeviceReport, Event, JobEvent, JobResult, ModelId, PhotoId, Reply,
    Request, RequestId,
};

/// A window that has been away for so long does not come back.
const PATIENCE: Duration = Duration::from_secs(24 * 60 * 60);

/// Tells one connection of a window from the next.
pub type ConnectionId = u64;

#[derive(Default)]
pub struct ServerState {
    windows: BTreeMap<WindowId, WindowState>,
    last_window: WindowId,
    last_connection: ConnectionId,
    /// The window that gives the commands.
    control: Option<WindowId>,
    journal: Journal,
    /// Device of the worker, as it was last told.
    device: Option<DeviceReport>,
}

/// A window, whether its line stands or not.
#[derive(Default)]
struct WindowState {
    outgoing: Outgoing,
    /// Messages of this connection only: they are not told again.
    direct: VecDeque<Arc<[u8]>>,
    connection: Option<ConnectionId>,
    /// When the line was lost.
    gone: Option<Instant>,
    /// The last request that has arrived.
    received: RequestId,
    models: Vec<ModelId>,
    photos: Vec<PhotoId>,
    maps: Vec<AtlasId>,
}

/// Verdict on a request.
pub enum Verdict {
    /// The worker does it.
    Pass(Request),
    /// It has been answered, or came twice.
    Done,
}

impl ServerState {
    /// A window comes, or comes back to server `own`. Its number, whether all it had is there, and the last request
    /// that has arrived.
    pub fn attach(&mut self, own: ServerId, attach: &Attach) -> (WindowId, ConnectionId, bool, RequestId) {
        let back = attach.back.filter(|(server, window)| *server == own && self.windows.contains_key(window));
        let window = back.map_or_else(
            || {
                self.last_window += 1;
                self.last_window
            },
            |(_, window)| window,
        );
        self.last_connection += 1;
        let connection = self.last_connection;
        let state = self.windows.entry(window).or_default();
        state.connection = Some(connection);
        state.gone = None;
        state.direct.clear();
        let received = state.received;
        if back.is_some() {
            state.outgoing.begin_again(attach.seen);
        } else {
            let device = self.device.clone().map(|device| Reply { to: None, event: Event::Device(device) });
            device.into_iter().for_each(|device| state.outgoing.reply(device));
            for (job, work, events) in self.journal.told().filter(|(_, work, _)| is_for_all(work)) {
                state.outgoing.job(job, work, events);
            }
        }
        // One that was killed says no farewell; whoever comes in its place gives the commands.
        let is_away =
            |holder: &WindowId| self.windows.get(holder).is_none_or(|state| state.connection.is_none());
        if self.control.as_ref().is_none_or(|holder| back.is_none() && is_away(holder)) {
            self.control = Some(window);
        }
        self.tell_control();
        (window, connection, back.is_some(), received)
    }

    /// Puts a message before all others of this connection.
    pub fn answer(&mut self, window: WindowId, message: &ToWindow) -> Result<()> {
        let frame = frames::frame(message)?.into();
        if let Some(state) = self.windows.get_mut(&window) {
            state.direct.push_back(frame);
        }
        Ok(())
    }

    /// The next frame for a window; none if nothing waits or the line is full.
    pub fn next(&mut self, window: WindowId) -> Option<Arc<[u8]>> {
        let state = self.windows.get_mut(&window)?;
        state.direct.pop_front().or_else(|| state.outgoing.next())
    }

    /// Whether a connection is still the window's own.
    pub fn is_connected(&self, window: WindowId, connection: ConnectionId) -> bool {
        self.windows.get(&window).is_some_and(|state| state.connection == Some(connection))
    }

    /// News up to this number have arrived.
    pub fn seen(&mut self, window: WindowId, number: u64) {
        if let Some(state) = self.windows.get_mut(&window) {
            state.outgoing.seen(number);
        }
    }

    /// The last request of a window that has arrived.
    pub fn received(&self, window: WindowId) -> RequestId {
        self.windows.get(&window).map_or(0, |state| state.received)
    }

    /// The line to a window is lost.
    pub fn lost(&mut self, window: WindowId, connection: ConnectionId) {
        if let Some(state) =
            self.windows.get_mut(&window).filter(|state| state.connection == Some(connection))
        {
            state.connection = None;
            state.gone = Some(Instant::now());
        }
    }

    /// A window closes for good. What it had open is to be closed by these commands.
    pub fn leave(&mut self, window: WindowId) -> Vec<Command> {
        let Some(state) = self.windows.remove(&window) else { return Vec::new() };
        if self.control == Some(window) {
            let connected = |(id, state): (&WindowId, &WindowState)| state.connection.map(|_| *id);
            self.control = self.windows.iter().find_map(connected);
        }
        self.tell_control();
        let models = state.models.into_iter().map(Command::CloseModel);
        let photos = state.photos.into_iter().map(Command::ClosePhoto);
        models.chain(photos).chain(state.maps.into_iter().map(Command::CloseAtlas)).collect()
    }

    /// Windows that have been away for too long.
    pub fn forgotten(&self) -> Vec<WindowId> {
        let is_long = |state: &WindowState| state.gone.is_some_and(|gone| gone.elapsed() > PATIENCE);
        self.windows.iter().filter(|(_, state)| is_long(state)).map(|(window, _)| *window).collect()
    }

    /// A window gives the commands from now on.
    pub fn take_control(&mut self, window: WindowId) {
        self.control = Some(window);
        self.tell_control();
    }

    fn tell_control(&mut self) {
        let windows = self.windows.values().filter(|state| state.connection.is_some()).count();
        for (window, state) in &mut self.windows {
            state.outgoing.control(self.control == Some(*window), windows);
        }
    }

    /// Takes a request in.
    pub fn take_request(&mut self, window: WindowId, request: Request) -> Verdict {
        let Some(state) = self.windows.get_mut(&window) else { return Verdict::Done };
        // Sent again, as its window could not know that it had arrived; or in the name of another.
        if request.id <= state.received || window_of(request.id) != window {
            return Verdict::Done;
        }
        state.received = request.id;
        if self.control != Some(window) && needs_control(&request.command) {
            let message =
                "Another window gives the commands; take control first, at the bottom left".to_owned();
            let event = match request.command {
                Command::Start(_) => Event::Job(JobEvent::Failed { message }),
                _ => Event::Failed { message },
            };
            state.outgoing.reply(Reply { to: Some(request.id), event });
            return Verdict::Done;
        }
        match &request.command {
            // It ends with the server, not with a window.
            Command::Shutdown => return Verdict::Done,
            Command::Start(work) => {
                let (job, work) = (request.id, Box::new(work.clone()));
                for (other, state) in self.windows.iter_mut().filter(|_| is_for_all(&work)) {
                    if *other != window {
                        state.outgoing.job(job, work.clone(), Vec::new());
                    }
                }
                self.journal.begin(job, work);
            }
            Command::CloseModel(id) => state.models.retain(|open| open != id),
            Command::ClosePhoto(id) => state.photos.retain(|open| open != id),
            Command::CloseAtlas(id) => state.maps.retain(|open| open != id),
            _ => (),
        }
        Verdict::Pass(request)
    }

    /// Takes an event of the worker in.
    pub fn take_reply(&mut self, reply: Reply) {
        let owner = reply.to.map(window_of);
        if let (Some(job), Event::Job(event)) = (reply.to, &reply.event) {
            self.journal.note(job, event);
        }
        if let Event::Device(report) = &reply.event {
            self.device = Some(report.clone());
        }
        let for_all = match &reply.event {
            Event::Job(_) => reply.to.is_some_and(|job| self.journal.is_for_all(job)),
            Event::Device(_) | Event::Stopped => true,
            _ => owner.is_none(),
        };
        for (window, state) in &mut self.windows {
            if owner == Some(*window) {
                state.note_opened(&reply.event);
            }
            if for_all || owner == Some(*window) {
                state.outgoing.reply(reply.clone());
            }
        }
    }

    /// Whether somebody looks at it or something goes on.
    pub fn is_needed(&self) -> bool {
        self.journal.is_busy() || self.windows.values().any(|state| state.connection.is_some())
    }

    /// Tells all windows that it ends.
    pub fn end(&mut self, why: &str) {
        // It is a sentence.
        let Ok(frame) = frames::frame(&ToWindow::Ending(why.to_owned())) else { return };
        let frame: Arc<[u8]> = frame.into();
        self.windows.values_mut().for_each(|state| state.direct.push_back(Arc::clone(&frame)));
    }
}

impl WindowState {
    fn note_opened(&mut self, event: &Event) {
        match event {
            Event::ModelOpened(info) => self.models.push(info.id),
            Event::PhotoOpened(info) => self.photos.push(info.id),
            Event::Job(JobEvent::Finished(JobResult::AtlasDrawn(map))) => self.maps.push(map.id),
            _ => (),
        }
    }
}

/// Whether a command changes something that another window may be at.
fn needs_control(command: &Command) -> bool {
    match command {
        Command::Start(_)
        | Command::Cancel(_)
        | Command::Control { .. }
        | Command::ComputeOn(_)
        | Command::Export(_)
        | Command::SaveDirections { .. }
        | Command::KeepImport { .. }
        | Command::Cache(CacheRequest::Clear { .. }) => true,
        Command::OpenModel(_)
        | Command::SolveIn { .. }
        | Command::ProposeImport(_)
        | Command::PreviewImport { .. }
        | Command::CloseModel(_)
        | Command::OpenPhoto(_)
        | Command::PastePhoto { .. }
        | Command::FindFaces(_)
        | Command::FindFacesIn(_)
        | Command::RememberCrop { .. }
        | Command::OpenWalk(_)
        | Command::ReadCode(_)
        | Command::CloseAtlas(_)
        | Command::ClosePhoto(_)
        | Command::Ask { .. }
        | Command::Withdraw(_)
        | Command::Cache(CacheRequest::Look)
        | Command::ListClaims
        | Command::Survey(_)
        | Command::KeepTable { .. }
        | Command::ListTables
        | Command::OpenRun(_)
        | Command::OpenRuns(_)
        | Command::OpenDirections { .. }
        | Command::Shutdown => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::remote::messages::{News, on_line};
    use crate::worker::protocol::Job;

    fn attach(state: &mut ServerState, back: Option<(ServerId, WindowId)>) -> (WindowId, bool) {
        let (window, _, resumed, _) = state.attach(7, &Attach { back, seen: 0 });
        (window, resumed)
    }

    fn request(window: WindowId, own: u64, command: Command) -> Request {
        Request { id: on_line(window, own), command }
    }

    fn news(state: &mut ServerState, window: WindowId) -> Vec<News> {
        std::iter::from_fn(|| state.next(window))
            .map(|frame| match frames::read(&mut &frame[..]).unwrap().unwrap() {
                ToWindow::News(_, news) => news,
                other => panic!("{other:?}"),
            })
            .collect()
    }

    fn train() -> Job {
        Job::DemonstrateCollapse(crate::worker::protocol::CollapseOrder {
            data: crate::config::DataSource::BuiltinFaces,
            quick: true,
            seed: 0,
            out: "run".into(),
        })
    }

    #[test]
    fn the_second_window_looks_on_until_it_takes_control() {
        let mut state = ServerState::default();
        let (first, second) = (attach(&mut state, None).0, attach(&mut state, None).0);
        let start = |window, own| request(window, own, Command::Start(train()));
        assert!(matches!(state.take_request(first, start(first, 1)), Verdict::Pass(_)));
        assert!(matches!(state.take_request(second, start(second, 1)), Verdict::Done));
        assert!(matches!(
            state.take_request(second, request(second, 2, Command::ListClaims)),
            Verdict::Pass(_)
        ));
        let told = news(&mut state, second);
        assert!(told.contains(&News::Control { own: false, windows: 2 }), "{told:?}");
        assert!(told.contains(&News::Job(on_line(first, 1), Box::new(train()))), "{told:?}");
        let refused = told.iter().any(|news| matches!(news, News::Reply(Reply { event: Event::Job(JobEvent::Failed { message }), .. }) if message.contains("take control")));
        assert!(refused, "{told:?}");
        state.take_control(second);
        assert!(matches!(state.take_request(second, start(second, 3)), Verdict::Pass(_)));
        assert_eq!(news(&mut state, first).last(), Some(&News::Job(on_line(second, 3), Box::new(train()))));
        state.leave(second);
        assert!(matches!(state.take_request(first, start(first, 2)), Verdict::Pass(_)), "it is alone again");
    }

    #[test]
    fn a_window_that_was_killed_leaves_control_to_the_next_that_comes() {
        let mut state = ServerState::default();
        let (first, connection, ..) = state.attach(7, &Attach::default());
        let looking_on = attach(&mut state, None).0;
        state.lost(first, connection);
        attach(&mut state, Some((7, looking_on)));
        assert_eq!(state.control, Some(first), "who only looks on and comes back goes on looking on");
        let next = attach(&mut state, None).0;
        assert_eq!(state.control, Some(next));
        attach(&mut state, Some((7, first)));
        assert_eq!(state.control, Some(next), "and who comes back late looks on");
    }

    #[test]
    fn a_request_that_comes_twice_is_done_once() {
        let mut state = ServerState::default();
        let (window, _) = attach(&mut state, None);
        let ask = || request(window, 4, Command::ListClaims);
        assert!(matches!(state.take_request(window, ask()), Verdict::Pass(_)));
        assert!(matches!(state.take_request(window, ask()), Verdict::Done));
        assert_eq!(attach(&mut state, Some((7, window))), (window, true));
        assert_eq!(state.received(window), on_line(window, 4));
        assert!(!attach(&mut state, Some((8, window))).1, "of another server");
        let forged = request(99, 1, Command::ListClaims);
        assert!(matches!(state.take_request(window, forged), Verdict::Done), "in the name of another");
    }

    #[test]
    fn a_window_that_comes_later_sees_a_training_from_its_beginning() {
        let mut state = ServerState::default();
        let (first, _) = attach(&mut state, None);
        state.take_request(first, request(first, 1, Command::Start(train())));
        state.take_request(first, request(first, 2, Command::Start(Job::VerifyCache)));
        let to = Some(on_line(first, 1));
        state.take_reply(Reply { to, event: Event::Job(JobEvent::Paused) });
        let (second, _) = attach(&mut state, None);
        state.take_reply(Reply { to, event: Event::Job(JobEvent::Continued) });
        state.take_reply(Reply { to: Some(on_line(first, 2)), event: Event::Job(JobEvent::Cancelled) });
        state.take_reply(Reply { to: Some(on_line(first, 9)), event: Event::Solving });
        let told = news(&mut state, second);
        let job = |event| News::Reply(Reply { to, event: Event::Job(event) });
        let expected = [
            News::Control { own: false, windows: 2 },
            News::Job(on_line(first, 1), Box::new(train())),
            job(JobEvent::Paused),
            job(JobEvent::Continued),
        ];
        assert_eq!(told, expected);
    }
}
