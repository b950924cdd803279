<?php
// Signs a token for the user who is logged in: php sign.php (needs the openssl extension, which PHP brings)
$key = openssl_pkey_get_private(file_get_contents(getenv('SIGNING_KEY')));
$encode = fn(string $part): string => rtrim(strtr(base64_encode($part), '+/', '-_'), '=');
$claims = ['iss' => getenv('ISSUER'), 'aud' => getenv('AUDIENCE'), 'sub' => 'alice', 'org' => 'rose',
    'iat' => time(), 'exp' => time() + 60, 'jti' => bin2hex(random_bytes(16))];
$content = $encode(json_encode(['alg' => 'RS256', 'kid' => getenv('KID')])) . '.' . $encode(json_encode($claims));
openssl_sign($content, $signature, $key, OPENSSL_ALGO_SHA256);
echo $content . '.' . $encode($signature), "\n";
