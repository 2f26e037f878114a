//! Who learns what of whose reading.

use crate::stage::*;
use heliograph_domain::privacy::{Said, Setting, Side, sees};
use heliograph_protocol::people::Audience;
use heliograph_protocol::request::{PrivacySet, ReceiptStatus};
use proptest::prelude::*;

fn side() -> impl Strategy<Value = Side> {
    let audience = prop_oneof![
        Just(Audience::Everyone),
        Just(Audience::Contacts),
        Just(Audience::Nobody)
    ];
    (audience, any::<bool>(), any::<bool>()).prop_map(|(audience, contact, block)| Side {
        audience,
        said: Said { contact, block },
    })
}

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

proptest! {
    // There are 144 cells, so most are met in a run, and all in a few.
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn receipts_are_sent_as_the_rule_says(reader in side(), sender in side()) {
        let mut wanted = Vec::new();
        if !reader.said.block && !sender.said.block {
            wanted.push(ReceiptStatus::Delivered);
        }
        if sees(Setting::ReadReceipts, reader, sender) {
            wanted.push(ReceiptStatus::Read);
        }
        prop_assert_eq!(now(receipts(reader, sender)), wanted);
    }
}
