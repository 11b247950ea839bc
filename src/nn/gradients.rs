//! Going backward. candle fills a gradient with zeros and then adds to it, for every tensor that an
//! operation has; for weights, which seldom take part twice, that is memory cleared, read and written for
//! nothing. Our operations therefore hand the gradients of variables over past candle, as long as
//! [`backward`] runs. Where several ranks share a batch, [`backward_shared`] sends them on their way to the others as
//! they are handed over, and the layers before go on meanwhile.

use std::cell::RefCell;
use std::collections::HashMap;
use std::collections::hash_map::Entry;

use candle_core::backprop::GradStore;
use candle_core::{Result, Tensor, TensorId, Var, bail};

use super::exchange::Exchange;
use super::memory;
use crate::ranks::here;

/// The results of a backward pass so far.
struct Pass {
    keeps_graph: bool,
    gradients: HashMap<TensorId, Tensor>,
    /// Takes what is handed over, where it is to be added up over ranks.
    exchange: Option<Exchange>,
}

thread_local! {
    static PASS: RefCell<Option<Pass>> = const { RefCell::new(None) };
}

/// Puts the pass that was under way before (the pool may run one while another waits) back in its place,
/// also after an error.
struct Begun(Option<Pass>);

impl Begun {
    fn new(keeps_graph: bool, exchange: Option<Exchange>) -> Self {
        Self(PASS.replace(Some(Pass { keeps_graph, gradients: HashMap::new(), exchange })))
    }
}

impl Drop for Begun {
    fn drop(&mut self) {
        PASS.set(self.0.take());
    }
}

/// The gradients of a scalar with respect to all variables that it depends on. Frees what a
/// [`Stack`](super::Stack) has kept for it: a second pass through the same stack is an error.
pub fn backward(loss: &Tensor) -> Result<GradStore> {
    run(loss, false)
}

/// Goes backward as [`backward`], for one of several scalars that depend on the same results.
pub fn backward_keeping_graph(loss: &Tensor) -> Result<GradStore> {
    run(loss, true)
}

fn run(loss: &Tensor, keeps_graph: bool) -> Result<GradStore> {
    let begun = Begun::new(keeps_graph, None);
    let mut store = loss.backward()?;
    let gradients = PASS.take().map(|pass| pass.gradients).unwrap_or_default();
    drop(begun);
    for (id, gradient) in gradients {
        let sum = match store.get_id(id) {
            Some(other) => (other + gradient)?.detach(),
            None => gradient,
        };
        store.insert_id(id, sum);
    }
    memory::free_unused();
    Ok(store)
}

/// [`backward`] of a loss of which every rank has a part: the gradients of their sum with respect to `vars`, the same
/// on all ranks, and of nothing else. The passes of all ranks go through the same operations.
pub fn backward_shared<'a>(loss: &Tensor, vars: impl IntoIterator<Item = &'a Var>) -> Result<GradStore> {
    let ranks = here();
    if ranks.is_alone() {
        return backward(loss);
    }
    let begun = Begun::new(false, Some(Exchange::new(ranks)));
    let rest = loss.backward()?;
    let exchange = PASS.take().and_then(|pass| pass.exchange);
    drop(begun);
    memory::free_unused();
    match exchange {
        Some(exchange) => exchange.finish(&rest, vars),
        None => bail!("a backward pass has lost what it was to exchange"),
    }
}

/// The gradients of `vars` in `own`, added up over all ranks.
pub fn sum_gradients<'a>(own: GradStore, vars: impl IntoIterator<Item = &'a Var>) -> Result<GradStore> {
    let ranks = here();
    if ranks.is_alone() { Ok(own) } else { Exchange::new(ranks).finish(&own, vars) }
}

/// Whether [`backward`] is under way on this thread, and if so whether there may be another one through
/// the same graph.
pub(super) fn pass_keeps_graph() -> Option<bool> {
    PASS.with_borrow(|pass| pass.as_ref().map(|pass| pass.keeps_graph))
}

/// An operation's answer to candle for its argument `of`: the gradient, or nothing if it is of a variable
/// and was handed over.
pub(super) fn hand_over(gradient: Option<Vec<f32>>, of: &Tensor) -> Result<Option<Tensor>> {
    let Some(gradient) = gradient else { return Ok(None) };
    let tensor = |gradient| Tensor::from_vec(gradient, of.shape(), of.device());
    if !of.is_variable() {
        return tensor(gradient).map(Some);
    }
    PASS.with_borrow_mut(|pass| {
        let Some(pass) = pass else { return tensor(gradient).map(Some) };
        if let Some(exchange) = &mut pass.exchange {
            exchange.add(of, &gradient);
            return Ok(None);
        }
        let gradient = tensor(gradient)?;
        match pass.gradients.entry(of.id()) {
            Entry::Occupied(mut sum) => {
                let more = (sum.get() + gradient)?;
                sum.insert(more);
            }
            Entry::Vacant(place) => {
                place.insert(gradient);
            }
        }
        Ok(None)
    })
}
