//! Gradients on their way to the other ranks: gathered in groups of layers, each of which goes as one flat buffer.

use candle_core::backprop::GradStore;
use candle_core::{DType, Device, Result, Tensor, Var};

use crate::ranks::{Pending, Ranks};

/// Numbers from which a group goes: a megabyte, which takes much longer than to begin with it.
const GROUP: usize = 1 << 18;

/// Gradients that are added up over ranks.
pub struct Exchange {
    ranks: Ranks,
    /// The variables that a gradient has been added of, one after another; a variable may have several.
    of: Vec<Tensor>,
    /// The gradients that have not gone yet.
    waiting: Vec<f32>,
    gone: Vec<Pending>,
}

impl Exchange {
    /// An exchange with these ranks.
    pub fn new(ranks: Ranks) -> Self {
        Self { ranks, of: Vec::new(), waiting: Vec::new(), gone: Vec::new() }
    }

    /// Adds a gradient of a variable. All ranks add those of the same variables in the same order.
    pub fn add(&mut self, of: &Tensor, gradient: &[f32]) {
        self.of.push(of.clone());
        self.waiting.extend_from_slice(gradient);
        if self.waiting.len() >= GROUP {
            self.send();
        }
    }

    fn send(&mut self) {
        if !self.waiting.is_empty() {
            self.gone.push(self.ranks.sum_later(std::mem::take(&mut self.waiting)));
        }
    }

    /// Adds what `rest` has of these variables, and waits for the sums.
    pub fn finish<'a>(
        mut self,
        rest: &GradStore,
        vars: impl IntoIterator<Item = &'a Var>,
    ) -> Result<GradStore> {
        #[cfg(feature = "nccl")]
        let vars = vars.into_iter().collect::<Vec<_>>();
        #[cfg(feature = "nccl")]
        if self.of.is_empty()
            && let Some(sums) = on_cards(&self.ranks, rest, &vars)?
        {
            return Ok(sums);
        }
        for var in vars {
            if let Some(gradient) = rest.get(var) {
                let floats = gradient.detach().to_dtype(DType::F32)?.flatten_all()?.to_vec1::<f32>()?;
                self.add(var, &floats);
            }
        }
        self.send();
        let sums = self.ranks.wait_for(std::mem::take(&mut self.gone)).concat();
        // There is no other way to an empty one.
        let mut store = Tensor::zeros((), DType::F32, &Device::Cpu)?.backward()?;
        let mut from = 0;
        for var in &self.of {
            let length = var.elem_count();
            let sum = sums[from..from + length].to_vec();
            from += length;
            let sum = Tensor::from_vec(sum, var.shape(), var.device())?.to_dtype(var.dtype())?;
            let sum = match store.get(var) {
                Some(other) => (other + sum)?,
                None => sum,
            };
            store.insert(var, sum);
        }
        Ok(store)
    }
}

/// The gradients of `vars` in `own`, added up from card to card as one tensor; none where a rank has no card.
#[cfg(feature = "nccl")]
fn on_cards(ranks: &Ranks, own: &GradStore, vars: &[&Var]) -> Result<Option<GradStore>> {
    let found: Vec<(&Var, &Tensor)> = vars.iter().filter_map(|var| Some((*var, own.get(var)?))).collect();
    let flat = |(_, gradient): &(&Var, &Tensor)| gradient.detach().to_dtype(DType::F32)?.flatten_all();
    let parts = found.iter().map(flat).collect::<Result<Vec<_>>>()?;
    if parts.is_empty() {
        return Ok(None);
    }
    let all = Tensor::cat(&parts, 0)?.force_contiguous()?;
    if super::nccl::sum(ranks, &all)?.is_none() {
        return Ok(None);
    }
    let mut store = Tensor::zeros((), DType::F32, &Device::Cpu)?.backward()?;
    let mut from = 0;
    for (var, _) in found {
        let length = var.elem_count();
        let sum = all.narrow(0, from, length)?.reshape(var.shape())?.to_dtype(var.dtype())?;
        from += length;
        store.insert(var, sum);
    }
    Ok(Some(store))
}
