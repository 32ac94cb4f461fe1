//! What is allocated and what is kept. The allocator is the process's.

#[path = "../it/neighbours/bearer.rs"]
mod bearer;

mod allocations;
mod floods;
mod many_apps;

use std::alloc::System;

use actix_web::rt;
use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// One test for all three, since the test harness allocates whenever it starts another.
#[test]
fn answering_allocates_nothing_of_ours_and_keeps_nothing() {
    rt::System::new().block_on(async {
        allocations::the_policy_allocates_no_more_than_headers_written_by_hand().await;
        floods::a_flood_of_preflights_leaves_nothing_behind().await;
        many_apps::apps_leave_nothing_behind_and_do_not_slow_each_other_down().await;
    });
}
