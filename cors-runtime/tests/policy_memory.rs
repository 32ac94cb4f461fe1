//! A program that reads its policy again and again does not grow. The test is alone in its program, because all allocations count.

use std::alloc::System;

use cors_runtime::PolicyConfig;
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

fn config(number: usize) -> PolicyConfig {
    PolicyConfig {
        origins: vec![
            format!("https://tenant-{number}.example.com"),
            format!("https://app-{number}.example.com"),
            format!("https://*.tenant-{number}.example.com"),
        ],
        methods: Some(vec!["PUT".to_owned(), format!("PURGE-{number}")]),
        headers: vec![format!("x-tenant-{number}")],
        expose_headers: vec![format!("x-tenant-{number}")],
        max_age: Some(600),
        ..PolicyConfig::default()
    }
}

#[test]
fn a_policy_that_was_replaced_is_freed() {
    const READS: usize = 5_000;
    let policy = config(0).check().expect("a good policy");
    let before = Region::new(ALLOCATOR);
    for number in 0..READS {
        policy.replace(&config(number).check().expect("a good policy"));
        let mut refused = config(number);
        refused.origins.push("https://app.example.com/".to_owned());
        refused.check().expect_err("an origin has no path");
    }
    let change = before.change();
    assert!(
        change.allocations > 20 * READS,
        "the allocator counts: {change:?}"
    );
    let kept = change
        .bytes_allocated
        .saturating_sub(change.bytes_deallocated);
    assert!(kept < READS, "{kept} bytes are kept of {READS} reads");
}
