//! The contract of the Store port: every sentence of its documentation, as tests.
//!
//! An adapter's test file is three lines:
//!
//! ```text
//! async fn make() -> Arc<dyn Store> { … }
//! heliograph_domain::store_contract!(make);
//! ```
//!
//! Each contract uses partitions that nobody else has used, so that contracts can run at once, again,
//! and on a store that others use; none looks behind the port.
#![expect(
    clippy::unwrap_used,
    reason = "a contract that is broken panics, as a test does"
)]

pub mod batches;
pub mod concurrency;
pub mod conditions;
pub mod expiry;
pub mod groups;
pub mod limits;
pub mod metering;
pub mod prekeys;
pub mod queries;
mod support;
#[cfg(test)]
mod tests;
pub mod transactions;
pub mod updates;

/// Makes one `#[tokio::test]` of every contract; the argument names an
/// `async fn() -> Arc<dyn Store>`, or one of anything else that derefs to a store and keeps alive what
/// that needs.
#[macro_export]
macro_rules! store_contract {
    ($make:path) => {
        $crate::store_contract_tests! { $make;
            conditions {
                put_takes_the_place_of_the_whole_item
                fields_come_back_as_they_were
                an_item_needs_no_fields
                absent_holds_only_where_nothing_is
                present_holds_only_where_something_is
                equals_compares_value_and_kind
                lacks_holds_without_item_or_field
                delete_returns_what_it_deleted
                a_lost_answer_shows_as_our_own_item
                keys_that_look_alike_are_different
            }
            updates {
                update_makes_the_item_that_was_not_there
                update_of_nothing_makes_an_empty_item
                update_changes_only_what_it_names
                update_moves_the_end_where_it_gives_one
                update_swaps_only_the_version_it_knows
                counters_start_at_zero
            }
            expiry {
                an_item_ends_in_the_second_it_names
                reads_leave_out_what_has_ended
                pages_lead_past_what_has_ended
                put_over_an_ended_item_meets_nothing
                delete_of_an_ended_item_meets_nothing
                an_ended_item_does_not_stand_in_the_way
                update_of_an_ended_item_starts_from_nothing
                transactions_take_ended_items_for_absent
                batches_write_over_ended_items
            }
            queries {
                a_page_is_in_the_order_of_bytes
                a_query_sees_one_partition_of_one_table
                an_empty_partition_is_an_empty_last_page
                a_range_includes_both_its_ends
                a_range_that_ends_before_it_starts_is_empty
                a_limit_takes_the_first_items
                cursors_lead_through_every_item_once
                a_page_starts_behind_its_cursor
                a_page_ends_at_about_a_megabyte
            }
            batches {
                a_batch_read_answers_in_the_order_of_its_keys
                a_batch_read_takes_any_number_of_keys
                a_batch_read_refuses_a_key_named_twice
                a_batch_write_puts_and_deletes
                a_batch_write_refuses_what_it_cannot_do
            }
            transactions {
                a_transaction_does_everything
                volatile_tables_have_transactions
                a_refused_transaction_changes_nothing
                a_transaction_has_at_most_a_hundred_writes
                a_transaction_names_an_item_once
                a_transaction_does_not_mix_volatile_and_durable
                a_transaction_with_too_large_an_item_changes_nothing
            }
            limits {
                an_item_has_at_most_400_kilobytes
                long_keys_are_keys
                wrong_keys_are_invalid
                reserved_names_are_invalid
                an_update_that_names_a_field_twice_is_invalid
                a_check_alone_is_invalid
                a_query_without_its_parts_is_invalid
                after_an_invalid_call_all_is_as_before
            }
            metering {
                a_read_costs_its_bytes
                a_batch_read_costs_each_item
                a_page_costs_the_sum_of_its_items
                a_put_costs_the_larger_item
                a_delete_costs_what_was_there
                an_update_costs_the_larger_item
                a_refused_write_costs_what_is_there
                a_transaction_costs_double
                a_batch_write_costs_each_write
            }
            concurrency {
                a_read_sees_every_answered_write
                one_of_many_puts_wins
                counters_lose_nothing
                swaps_move_one_step_at_a_time
                no_item_is_taken_twice
                transactions_do_not_mix
            }
            groups {
                fifty_adders_fill_a_group
            }
            prekeys {
                a_one_time_key_is_taken_once
            }
        }
    };
}

/// What [`store_contract`](crate::store_contract) expands to.
#[doc(hidden)]
#[macro_export]
macro_rules! store_contract_tests {
    ($make:path; $($theme:ident { $($contract:ident)* })*) => {
        $($(
            #[tokio::test]
            async fn $contract() {
                let store = $make().await;
                $crate::testing::contract::$theme::$contract(&*store).await;
            }
        )*)*
    };
}
