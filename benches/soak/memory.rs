//! The resident memory of the server under mixed traffic.

/// The growth in KiB that is allowed from the median of the first quarter of the samples to that of the last.
const GROWTH: u64 = 4 << 10;

#[derive(Default)]
pub struct Memory {
    /// In KiB, one a second.
    samples: Vec<u64>,
}

impl Memory {
    pub fn sample(&mut self, resident: u64) {
        self.samples.push(resident);
    }

    pub fn table(&self) -> String {
        let eighth = self.samples.len().div_ceil(8).max(1);
        let course: Vec<String> = self
            .samples
            .chunks(eighth)
            .map(|samples| median(samples).to_string())
            .collect();
        let (first, last) = self.ends();
        let peak = self.samples.iter().max().copied().unwrap_or_default();
        format!(
            "| resident memory, {} samples | KiB |\n| --- | ---: |\n| first quarter, median | {first} |\n\
             | last quarter, median | {last} |\n| peak | {peak} |\n| eighths, medians | {} |\n",
            self.samples.len(),
            course.join(", ")
        )
    }

    pub fn check(&self) -> Result<(), String> {
        let (first, last) = self.ends();
        if last > first + GROWTH {
            return Err(format!(
                "resident memory grows: from {first} to {last} KiB, where {GROWTH} KiB more are the bound"
            ));
        }
        Ok(())
    }

    fn ends(&self) -> (u64, u64) {
        let quarter = self.samples.len().div_ceil(4);
        let last = self.samples.len() - quarter;
        (
            median(&self.samples[..quarter]),
            median(&self.samples[last..]),
        )
    }
}

fn median(samples: &[u64]) -> u64 {
    let mut samples = samples.to_vec();
    samples.sort_unstable();
    samples.get(samples.len() / 2).copied().unwrap_or_default()
}
