//! The memory that requests and apps allocate and keep. The whole process has one allocator, which counts.

#[path = "../it/other_crates/bearer.rs"]
mod bearer;

mod allocations;
mod floods;
mod many_apps;

use std::alloc::System;

use actix_web::rt;
use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// The three are one test, because the test harness allocates whenever it starts a test.
#[test]
fn requests_allocate_nothing_for_cors_and_keep_nothing() {
    rt::System::new().block_on(async {
        allocations::the_policy_allocates_no_more_than_headers_written_by_hand().await;
        floods::a_flood_of_preflights_leaves_nothing_behind().await;
        many_apps::apps_leave_nothing_behind_and_cost_each_other_nothing().await;
    });
}
