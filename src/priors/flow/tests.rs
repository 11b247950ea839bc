use super::*;
use crate::random::RandomStream;

const CPU: Device = Device::Cpu;

/// A flow with weights that are normal with this deviation.
pub fn some_flow(components: usize, deviation: f32) -> Flow {
    let shape = FlowShape { components, width: 16, blocks: 2 };
    let parameters = Parameters::seeded(4, &CPU);
    FlowNet::new(shape, parameters.var_builder()).unwrap();
    let mut random = RandomStream::new(8);
    let mut stored = Stored::default();
    for (name, var) in parameters.all() {
        let values = (0..var.elem_count()).map(|_| deviation * random.normal::<f32>()).collect();
        stored.put(&format!("flow.{name}"), Tensor::from_vec(values, var.shape(), &CPU).unwrap());
    }
    let spread = vec![1.0f32; components];
    stored.put("spread", Tensor::from_vec(spread, (1, components), &CPU).unwrap());
    Flow::load(&stored, shape, &CPU).unwrap()
}

#[test]
fn a_flow_keeps_probability() {
    // In one dimension the density integrates to one over the line, whatever the weights.
    let flow = some_flow(1, 0.25);
    let (first, last, n) = (-12.0, 12.0, 2401);
    let at = |i: usize| (first + (last - first) * i as f64 / (n - 1) as f64) as f32;
    let line = Tensor::from_vec((0..n).map(at).collect::<Vec<f32>>(), (n, 1), &CPU).unwrap();
    let density = flow.log_likelihood(&line, 0).unwrap();
    let integral = density.iter().map(|value| value.exp()).sum::<f64>() * (last - first) / (n - 1) as f64;
    assert!((integral - 1.0).abs() < 0.01, "{integral}");
    let flat = density.windows(2).all(|pair| (pair[0] - pair[1]).abs() < 1e-9);
    assert!(!flat);
}

#[test]
fn the_estimated_divergence_is_the_exact_one_in_the_mean() {
    let (n, components) = (200, 6);
    let rows = (0..n * components).map(|i| RandomStream::of_stream(3, i as u64).normal::<f32>()).collect();
    let rows = Tensor::from_vec(rows, (n, components), &CPU).unwrap();
    let flow = some_flow(components, 0.25);
    let mean = |values: Vec<f64>| values.iter().sum::<f64>() / n as f64;
    let exact = mean(flow.integrate(&rows, None).unwrap());
    let estimate = |seed| {
        let mut random = RandomStream::new(seed);
        let signs: Vec<f32> =
            (0..n * components).map(|_| if random.unit() < 0.5 { -1.0 } else { 1.0 }).collect();
        mean(flow.integrate(&rows, Some(&Tensor::from_vec(signs, (n, components), &CPU).unwrap())).unwrap())
    };
    let estimates: Vec<f64> = (0..12).map(estimate).collect();
    let center = estimates.iter().sum::<f64>() / 12.0;
    let variance = estimates.iter().map(|value| (value - center).powi(2)).sum::<f64>() / 11.0;
    let error = (variance / 12.0).sqrt();
    assert!(error > 0.0 && (center - exact).abs() < 5.0 * error, "{center} ± {error} instead of {exact}");
}
