//! What candle lacks for us: fast operations, their layers, an optimiser whose state can be saved.
