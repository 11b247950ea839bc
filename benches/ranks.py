"""Two processes of one thread beside one process of two, and what 8 and 64 processes would do on paper.

    python benches/ranks.py target/release/morphospace [--data DIR] [--image-size 64] [--batch-size 64] [--steps 30]
                            [--rounds 5]

The program must be built with cargo's feature `mpi`; `mpirun` is Open MPI's. In each round the same run of a VAE is done
by one process of two threads, by two ranks of one thread and by one process of one thread with half the batch, taking
turns; printed are medians over the rounds, and the median of the rounds' ratios. The time of a step is the difference
between runs of 3 × --steps and of --steps, in which first and last save and the validation at the end cancel out.

The model on paper is of runs whose batch grows with the ranks: each computes half of --batch-size images as here. The
bytes of an update are measured on 2 and on 3 ranks, which tells what is sent in parts (gradients, 2 (N − 1) / N times
their size) from what everybody sends everybody (statistics, N − 1 times); the link carries 10 Gbit/s each way for each
rank, and an exchange takes log2 N times 25 µs besides. Two bounds are given: with nothing of it behind the backward
pass, and with all of the gradients behind it, which is taken for three fifths of the computation. No such cluster was
measured.
"""
import argparse, json, math, os, statistics, subprocess, tempfile

LINK = 10e9 / 8
LATENCY = 25e-6
BACKWARD = 0.6


def session(options, ranks, threads, batch, steps):
    with tempfile.TemporaryDirectory() as folder:
        launch = []
        if ranks > 1:
            launch = ["mpirun", "--allow-run-as-root", "--oversubscribe", "--bind-to", "none", "-n", str(ranks)]
        command = launch + [
            options.program, "train", "--model", "vae", "--data", options.data, "--out", os.path.join(folder, "run"),
            "--image-size", str(options.image_size), "--batch-size", str(batch), "--steps", str(steps),
            "--validate-every", "100000", "--save-every", "100000", "--sample-every", "100000", "--device", "cpu", "--json",
        ]
        environment = dict(os.environ, RAYON_NUM_THREADS=str(threads))
        output = subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout
        summary = json.loads(output)
        return steps / summary["steps_per_second"], summary.get("ranks")


def train(options, ranks, threads, batch):
    """Seconds a step, those of them that a rank waits, and the report of the longer run."""
    (short, before), (long, after) = [session(options, ranks, threads, batch, n * options.steps) for n in (1, 3)]
    waited = [seconds * report["waiting_share"] if report else 0.0 for seconds, report in ((short, before), (long, after))]
    return (long - short) / (2 * options.steps), (waited[1] - waited[0]) / (2 * options.steps), after


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("--data", default="builtin:faces")
    parser.add_argument("--image-size", type=int, default=64)
    parser.add_argument("--batch-size", type=int, default=64)
    parser.add_argument("--steps", type=int, default=30)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    half = options.batch_size // 2
    times, reports = {"1x2": [], "2x1": [], "1x1": []}, []
    for _ in range(options.rounds):
        times["1x2"].append(train(options, 1, 2, options.batch_size)[0])
        seconds, waited, report = train(options, 2, 1, options.batch_size)
        times["2x1"].append(seconds)
        reports.append(dict(report, waiting_share=waited / seconds))
        times["1x1"].append(train(options, 1, 1, half)[0])
    median = statistics.median
    for name, what in [("1x2", "1 process x 2 threads"), ("2x1", "2 ranks x 1 thread"), ("1x1", f"1 x 1, batch {half}")]:
        print(f"{what:24} {1e3 * median(times[name]):8.1f} ms a step")
    ratio = median(a / b for a, b in zip(times["2x1"], times["1x2"]))
    print(f"2 ranks x 1 thread take {ratio:.3f} times as long as 1 process x 2 threads (median of {options.rounds} rounds)")
    share = median(report["waiting_share"] for report in reports)
    two = reports[0]
    print(f"waiting for the other rank {100 * share:.1f} % of the time; {two['bytes_per_step'] / 1e6:.3f} MB in "
          f"{two['exchanges_per_step']:.0f} exchanges a step and rank")

    three = session(options, 3, 1, options.batch_size, 3 * options.steps)[1]
    # bytes = g * 2 (N - 1) / N + s * (N - 1)
    statistics_bytes = (three["bytes_per_step"] - two["bytes_per_step"] * 4 / 3) / (2 - 4 / 3)
    gradients = two["bytes_per_step"] - statistics_bytes
    compute = median(times["1x1"])
    print(f"\non paper, {half} images a rank, {1e3 * compute:.1f} ms to compute them, gradients {gradients / 1e6:.2f} MB, "
          f"statistics {statistics_bytes / 1e3:.1f} kB, 10 Gbit/s:")
    for ranks in [8, 64]:
        latency = two["exchanges_per_step"] * math.log2(ranks) * LATENCY
        of_gradients = gradients * 2 * (ranks - 1) / ranks / LINK
        rest = statistics_bytes * (ranks - 1) / LINK + latency
        worst = compute + of_gradients + rest
        best = compute + max(0.0, of_gradients - BACKWARD * compute) + rest
        print(f"{ranks:3} ranks: {1e3 * best:.1f} to {1e3 * worst:.1f} ms a step, "
              f"{100 * compute / worst:.0f} to {100 * compute / best:.0f} % of {ranks} times the speed of one")


main()
