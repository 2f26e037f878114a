#![allow(clippy::all)]
use std::time::Instant;
fn main(){
 let t0=Instant::now();
 let rt=tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
 let t_rt=t0.elapsed();
 rt.block_on(async {
  let t=Instant::now();
  let sdk=heliograph_aws::x(heliograph_aws::Roots::Amazon);
  let cfg=aws_types::SdkConfig::builder().behavior_version(aws_smithy_runtime_api::client::behavior_version::BehaviorVersion::latest())
    .region(aws_types::region::Region::from_static("eu-north-1")).http_client(sdk)
    .credentials_provider(aws_credential_types::provider::SharedCredentialsProvider::new(aws_credential_types::Credentials::new("a","b",None,None,"x")))
    .sleep_impl(aws_smithy_async::rt::sleep::TokioSleep::new())
    .endpoint_url(std::env::args().nth(1).unwrap())
    .retry_config(aws_smithy_types::retry::RetryConfig::disabled())
    .build();
  let c=aws_sdk_dynamodb::Client::new(&cfg);
  let d=aws_sdk_sns::Client::new(&cfg);
  let e=aws_sdk_apigatewaymanagement::Client::new(&cfg);
  let t_c=t.elapsed();
  let t=Instant::now();
  let r=c.get_item().table_name("t").key("pk",aws_sdk_dynamodb::types::AttributeValue::S("a".into())).send().await;
  let t_1=t.elapsed();
  let t=Instant::now();
  let r2=c.get_item().table_name("t").key("pk",aws_sdk_dynamodb::types::AttributeValue::S("a".into())).send().await;
  let t_2=t.elapsed();
  drop((d,e));
  // roots
  let t=Instant::now();
  let k=aws_smithy_http_client::Builder::new().tls_provider(aws_smithy_http_client::tls::Provider::rustls(aws_smithy_http_client::tls::rustls_provider::CryptoMode::Ring)).build_https();
  let cfg2=cfg.to_builder().http_client(k).build();
  let c2=aws_sdk_dynamodb::Client::new(&cfg2); let t_n1=t.elapsed();
  let t=Instant::now();
  let c3=aws_sdk_sns::Client::new(&cfg2); let t_n2=t.elapsed();
  println!("rt {t_rt:?} clients {t_c:?} first call {t_1:?} second {t_2:?} native: {t_n1:?} {t_n2:?} {:?} {}", r.err().map(|e|format!("{e:?}").chars().take(300).collect::<String>()), r2.is_ok());
  drop((c2,c3));
 });
}
