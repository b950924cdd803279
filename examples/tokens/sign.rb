# Signs a token for the user who is logged in: ruby sign.rb (needs nothing but Ruby)
require "json"
require "openssl"
require "securerandom"

key = OpenSSL::PKey.read(File.read(ENV.fetch("SIGNING_KEY")))
encode = ->(part) { [part].pack("m0").tr("+/", "-_").delete("=") }
claims = { iss: ENV.fetch("ISSUER"), aud: ENV.fetch("AUDIENCE"), sub: "alice", org: "rose" }
claims.update(iat: Time.now.to_i, exp: Time.now.to_i + 60, jti: SecureRandom.hex(16))
content = [{ alg: "RS256", kid: ENV.fetch("KID") }, claims].map { |part| encode.(part.to_json) }.join(".")
token = "#{content}.#{encode.(key.sign("SHA256", content))}"
puts token
