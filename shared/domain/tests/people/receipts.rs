//! Who learns what of whose reading.

use crate::stage::*;
use heliograph_domain::privacy::{Setting, Side, sees};
use heliograph_protocol::request::{PrivacySet, ReceiptStatus};

/// Sends a message, lets the two stand so towards each other, and tells which receipts come back.
async fn receipts(reader: Side, sender: Side) -> Vec<ReceiptStatus> {
    let (stage, [alice, bob]) = people().await;
    let id = stage.message_id().unwrap();
    stage.send(&alice, &bob, id, "aGk").await;
    for (one, other, side) in [(&bob, &alice, reader), (&alice, &bob, sender)] {
        let set = PrivacySet {
            read_receipts: Some(side.audience),
            ..privacy_set()
        };
        set_privacy(&stage, one, set).await;
        relate(&stage, one, other, side.said).await;
    }
    let socket = stage.connect(&alice).await.unwrap();
    let (page, _) = stage.sync(&bob, None).await.unwrap();
    for status in [ReceiptStatus::Delivered, ReceiptStatus::Read] {
        let tokens = vec![page.messages[0].ack_token.clone()];
        stage.ack(&bob, status, tokens).await.unwrap();
    }
    let got = stage.sockets.got(&socket).receipts();
    assert!(got.iter().all(|receipt| receipt.message_id == id));
    got.into_iter().map(|receipt| receipt.status).collect()
}

#[tokio::test]
async fn receipts_are_sent_as_the_rule_says() {
    let mut cells = 0;
    for reader in sides() {
        for sender in sides() {
            let mut wanted = Vec::new();
            if !reader.said.block && !sender.said.block {
                wanted.push(ReceiptStatus::Delivered);
            }
            if sees(Setting::ReadReceipts, reader, sender) {
                wanted.push(ReceiptStatus::Read);
            }
            let got = receipts(reader, sender).await;
            assert_eq!(got, wanted, "{reader:?} {sender:?}");
            cells += 1;
        }
    }
    assert_eq!(cells, 144);
}
