//! The parts of a transaction, as DynamoDB takes them.

use super::Form;
use crate::dynamo::attributes::{from_item, from_key};
use crate::dynamo::expression::Placeholders;
use crate::dynamo::{Context, DynamoStore};
use aws_sdk_dynamodb::error::BuildError;
use aws_sdk_dynamodb::types::{
    ConditionCheck, Delete, Put, ReturnValuesOnConditionCheckFailure, TransactWriteItem, Update,
};
use heliograph_domain::store::{self, Action, Condition, Item, Key, Write};

const ALL_OLD: ReturnValuesOnConditionCheckFailure = ReturnValuesOnConditionCheckFailure::AllOld;

impl DynamoStore {
    pub(super) fn part(
        &self,
        cx: &Context,
        write: &Write,
        form: Form,
    ) -> Result<TransactWriteItem, BuildError> {
        let part = TransactWriteItem::builder();
        let condition = &write.condition;
        Ok(match (&write.action, form) {
            (Action::Put(item), _) => part.put(self.put_part(cx, item, condition)?),
            (Action::Delete(key), _) => part.delete(self.delete_part(cx, key, condition)?),
            (Action::Check(key), _) => part.condition_check(self.check_part(cx, key, condition)?),
            (Action::Update(key, update), Form::AsAsked) => {
                part.update(self.update_part(cx, key, update, condition)?)
            }
            (Action::Update(key, update), Form::Afresh) => {
                let item = update.apply(key, None);
                part.put(self.put_part(cx, &item, &Condition::Absent)?)
            }
        }
        .build())
    }

    fn put_part(
        &self,
        cx: &Context,
        item: &Item,
        condition: &Condition,
    ) -> Result<Put, BuildError> {
        let mut placeholders = Placeholders::default();
        let condition = placeholders.condition(condition, cx.now_s());
        let (names, values) = placeholders.finish();
        Put::builder()
            .table_name(self.tables.name(item.key.table))
            .set_item(Some(from_item(item)))
            .set_condition_expression(condition)
            .set_expression_attribute_names(names)
            .set_expression_attribute_values(values)
            .return_values_on_condition_check_failure(ALL_OLD)
            .build()
    }

    fn update_part(
        &self,
        cx: &Context,
        key: &Key,
        update: &store::Update,
        condition: &Condition,
    ) -> Result<Update, BuildError> {
        let mut placeholders = Placeholders::default();
        let update = placeholders.update(update);
        let update = update.unwrap_or_else(|| placeholders.update_of_nothing());
        let condition = placeholders.condition_of_update(condition, cx.now_s());
        let (names, values) = placeholders.finish();
        Update::builder()
            .table_name(self.tables.name(key.table))
            .set_key(Some(from_key(key)))
            .update_expression(update)
            .condition_expression(condition)
            .set_expression_attribute_names(names)
            .set_expression_attribute_values(values)
            .return_values_on_condition_check_failure(ALL_OLD)
            .build()
    }

    fn delete_part(
        &self,
        cx: &Context,
        key: &Key,
        condition: &Condition,
    ) -> Result<Delete, BuildError> {
        let mut placeholders = Placeholders::default();
        let condition = placeholders.condition(condition, cx.now_s());
        let (names, values) = placeholders.finish();
        Delete::builder()
            .table_name(self.tables.name(key.table))
            .set_key(Some(from_key(key)))
            .set_condition_expression(condition)
            .set_expression_attribute_names(names)
            .set_expression_attribute_values(values)
            .return_values_on_condition_check_failure(ALL_OLD)
            .build()
    }

    fn check_part(
        &self,
        cx: &Context,
        key: &Key,
        condition: &Condition,
    ) -> Result<ConditionCheck, BuildError> {
        let mut placeholders = Placeholders::default();
        let condition = placeholders.condition(condition, cx.now_s());
        let condition = condition.unwrap_or_else(|| placeholders.anything());
        let (names, values) = placeholders.finish();
        ConditionCheck::builder()
            .table_name(self.tables.name(key.table))
            .set_key(Some(from_key(key)))
            .condition_expression(condition)
            .set_expression_attribute_names(names)
            .set_expression_attribute_values(values)
            .return_values_on_condition_check_failure(ALL_OLD)
            .build()
    }
}
