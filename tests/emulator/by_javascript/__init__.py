"""The emulator with ChatJS and the AWS SDK for JavaScript, in Node."""
