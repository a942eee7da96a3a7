"""Configuration: where the AWS environment variables and the AWS config file say that the service is.

environment       read_configuration: variables first, then the profile
aws_config_file   from the text of the config file to its profiles
"""
