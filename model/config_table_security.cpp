// Keys that concern who may connect and how it is encrypted. None of it changes what a simulated
// cluster does, but for the authorizer. Facts: SslConfigs, SaslConfigs, BrokerSecurityConfigs,
// DelegationTokenManagerConfigs.
#include "model/config_table.h"

namespace odradek::kafka {

std::string_view security_key_table()
{
    return R"table(
authorizer.class.name BC string "" refuse
    Class that decides who may do what.
    ! there are no access rules
super.users BC string - none
    Who may do everything.
allow.everyone.if.no.acl.found BC bool false none
    Whether what no rule names is allowed.
security.inter.broker.protocol BC enum PLAINTEXT {PLAINTEXT,SSL,SASL_PLAINTEXT,SASL_SSL} none
    Security protocol among servers.
security.protocol PR enum PLAINTEXT {PLAINTEXT,SSL,SASL_PLAINTEXT,SASL_SSL} none
    Security protocol of a client.
security.providers BCPR string - none
    Classes that bring algorithms.
principal.builder.class BC string - none
    Class that names who is connected.
connections.max.reauth.ms BC long 0 none
    How long an authentication holds.
ssl.client.auth BC enum none {none,requested,required} none
    Whether clients show a certificate.
ssl.principal.mapping.rules BC string DEFAULT none
    How a certificate becomes a name.
ssl.allow.dn.changes BC bool false none
    Whether a new certificate may bear another name.
ssl.allow.san.changes BC bool false none
    Whether a new certificate may bear other alternative names.
ssl.protocol BCPR string TLSv1.3 none
    TLS version.
ssl.provider BCPR string - none
    Provider of TLS.
ssl.cipher.suites BCPR list - none
    Cipher suites.
ssl.enabled.protocols BCPR list TLSv1.2|TLSv1.3 none
    TLS versions that are allowed.
ssl.keystore.type BCPR string JKS none
    Form of the key store.
ssl.keystore.location BCPR string - none
    File of the key store.
ssl.keystore.password BCPR string - none
    Password of the key store.
ssl.keystore.key BCPR string - none
    Private key.
ssl.keystore.certificate.chain BCPR string - none
    Certificates.
ssl.key.password BCPR string - none
    Password of the private key.
ssl.truststore.type BCPR string JKS none
    Form of the trust store.
ssl.truststore.location BCPR string - none
    File of the trust store.
ssl.truststore.password BCPR string - none
    Password of the trust store.
ssl.truststore.certificates BCPR string - none
    Trusted certificates.
ssl.keymanager.algorithm BCPR string - none
    Algorithm of the key manager.
ssl.trustmanager.algorithm BCPR string - none
    Algorithm of the trust manager.
ssl.endpoint.identification.algorithm BCPR string https none
    How a server's name is checked.
ssl.secure.random.implementation BCPR string - none
    Source of random numbers for TLS.
ssl.engine.factory.class BCPR string - none
    Class that makes TLS engines.
sasl.enabled.mechanisms BC list GSSAPI none
    SASL mechanisms that are allowed.
sasl.mechanism PR string GSSAPI none
    SASL mechanism of a client.
sasl.mechanism.inter.broker.protocol BC string GSSAPI none
    SASL mechanism among brokers.
sasl.mechanism.controller.protocol BC string GSSAPI none
    SASL mechanism to the controller.
sasl.jaas.config BCPR string - none
    Login configuration.
sasl.client.callback.handler.class BCPR string - none
    Class that answers a client's SASL callbacks.
sasl.server.callback.handler.class BC string - none
    Class that answers a server's SASL callbacks.
sasl.server.max.receive.size BC int 524288 none
    The largest SASL message.
sasl.login.class BCPR string - none
    Class that logs in.
sasl.login.callback.handler.class BCPR string - none
    Class that answers login callbacks.
sasl.login.connect.timeout.ms BCPR int - none
    How long a login waits for a connection.
sasl.login.read.timeout.ms BCPR int - none
    How long a login waits for an answer.
sasl.login.retry.backoff.ms BCPR long 100 none
    How long a login waits before it tries again.
sasl.login.retry.backoff.max.ms BCPR long 10000 none
    How long it waits at most.
sasl.login.refresh.window.factor BCPR double 0.8 none
    Share of a token's life after which it is renewed.
sasl.login.refresh.window.jitter BCPR double 0.05 none
    Random part of that share.
sasl.login.refresh.min.period.seconds BCPR short 60 none
    The least time between renewals.
sasl.login.refresh.buffer.seconds BCPR short 300 none
    How long before its end a token is renewed.
sasl.kerberos.service.name BCPR string - none
    Kerberos service.
sasl.kerberos.kinit.cmd BCPR string /usr/bin/kinit none
    Kerberos login command.
sasl.kerberos.ticket.renew.window.factor BCPR double 0.8 none
    Share of a ticket's life after which it is renewed.
sasl.kerberos.ticket.renew.jitter BCPR double 0.05 none
    Random part of that share.
sasl.kerberos.min.time.before.relogin BCPR long 60000 none
    The least time between logins.
sasl.kerberos.principal.to.local.rules BC list DEFAULT none
    How a Kerberos principal becomes a name.
sasl.oauthbearer.scope.claim.name BCPR string scope none
    Claim that holds the scope.
sasl.oauthbearer.sub.claim.name BCPR string sub none
    Claim that holds the subject.
sasl.oauthbearer.token.endpoint.url BCPR string - none
    Where tokens come from.
sasl.oauthbearer.jwks.endpoint.url BCPR string - none
    Where keys come from.
sasl.oauthbearer.jwks.endpoint.refresh.ms BCPR long 3600000 none
    How often keys are fetched.
sasl.oauthbearer.jwks.endpoint.retry.backoff.ms BCPR long 100 none
    How long to wait before fetching keys again.
sasl.oauthbearer.jwks.endpoint.retry.backoff.max.ms BCPR long 10000 none
    How long to wait at most.
sasl.oauthbearer.clock.skew.seconds BCPR int 30 none
    How far clocks may differ.
sasl.oauthbearer.expected.audience BCPR list - none
    Audience a token must name.
sasl.oauthbearer.expected.issuer BCPR string - none
    Issuer a token must name.
sasl.oauthbearer.header.urlencode BCPR bool false none
    Whether the token request's header is encoded.
delegation.token.secret.key BC string - none
    Secret of delegation tokens.
delegation.token.master.key BC string - none x4.0
    Secret of delegation tokens, by its old name.
delegation.token.max.lifetime.ms BC long 604800000 none
    How long a delegation token can live.
delegation.token.expiry.time.ms BC long 86400000 none
    How long a delegation token lives without renewal.
delegation.token.expiry.check.interval.ms BC long 3600000 none
    How often delegation tokens are checked.
password.encoder.secret B string - none x4.0
    Secret that encodes passwords in ZooKeeper.
password.encoder.old.secret B string - none x4.0
    The secret before.
password.encoder.keyfactory.algorithm B string - none x4.0
    Algorithm of that encoding's key.
password.encoder.cipher.algorithm B string AES/CBC/PKCS5Padding none x4.0
    Algorithm of that encoding.
password.encoder.key.length B int 128 >=8 none x4.0
    Length of that encoding's key.
password.encoder.iterations B int 4096 >=1024 none x4.0
    Rounds of that encoding.
zookeeper.ssl.keystore.location B string - none x4.0
    File of the key store for ZooKeeper.
zookeeper.ssl.keystore.password B string - none x4.0
    Password of the key store for ZooKeeper.
zookeeper.ssl.keystore.type B string - none x4.0
    Form of the key store for ZooKeeper.
zookeeper.ssl.truststore.location B string - none x4.0
    File of the trust store for ZooKeeper.
zookeeper.ssl.truststore.password B string - none x4.0
    Password of the trust store for ZooKeeper.
zookeeper.ssl.truststore.type B string - none x4.0
    Form of the trust store for ZooKeeper.
zookeeper.ssl.protocol B string TLSv1.2 none x4.0
    TLS version for ZooKeeper.
zookeeper.ssl.enabled.protocols B list - none x4.0
    TLS versions that are allowed for ZooKeeper.
zookeeper.ssl.cipher.suites B list - none x4.0
    Cipher suites for ZooKeeper.
zookeeper.ssl.endpoint.identification.algorithm B string HTTPS none x4.0
    How ZooKeeper's name is checked.
zookeeper.ssl.crl.enable B bool false none x4.0
    Whether revoked certificates are looked up for ZooKeeper.
zookeeper.ssl.ocsp.enable B bool false none x4.0
    Whether revoked certificates are asked for online for ZooKeeper.
)table";
}

}  // namespace odradek::kafka
