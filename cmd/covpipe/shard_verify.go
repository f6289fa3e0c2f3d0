package main

import "github.com/spf13/cobra"

func (a *app) shardVerifyCommand() *cobra.Command { return &cobra.Command{Use: "verify"} }
