#![expect(clippy::all, reason="probe")]
use heliograph_aws::*; use heliograph_domain::store::Table; use std::time::Instant;
#[tokio::main]
async fn main(){
 let t=Instant::now();
 let c=AwsConfig::from_env().unwrap(); let cl=Clients::new(&c);
 let t_c=t.elapsed();
 let s=cl.store(TableNames::prefixed("heliograph-")); let t_s=t.elapsed();
 let p=cl.pusher(std::env::var("HELIOGRAPH_WS_ENDPOINT").unwrap()); let t_p=t.elapsed();
 let m=cl.sms(None); let t_m=t.elapsed();
 if std::env::args().count()>1 { s.warm(Table::Users,1).await; let t_w=t.elapsed(); p.warm().await; let t_pw=t.elapsed(); let k=cl.master_secret("arn:aws:secretsmanager:eu-north-1:000000000000:secret:s").await; 
  println!("cfg {t_c:?} store {t_s:?} pusher {t_p:?} sms {t_m:?} | warm {t_w:?} pwarm {t_pw:?} secret {:?} {}", t.elapsed(), k.is_ok()); return }
 let (_,_,k)=tokio::join!(s.warm(Table::Users,1),p.warm(),cl.master_secret("arn:aws:secretsmanager:eu-north-1:000000000000:secret:s"));
 let t_w=t.elapsed();
 println!("cfg {t_c:?} store {t_s:?} pusher {t_p:?} sms {t_m:?} all {t_w:?} {}",k.is_ok()); drop(m);
}
